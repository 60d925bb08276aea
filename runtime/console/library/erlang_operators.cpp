// runtime/console/library/erlang_operators.cpp - erlang: the operators as functions, and arithmetic.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

#include <cmath>

namespace twinslot::library {
namespace {

constexpr auto erlang = "erlang";

/// An operator of the language on two terms.
template <term (*Operator)(const term&, const term&)>
term binary_operator(process&, const term* a) {
  return Operator(a[0], a[1]);
}
template <term (*Operator)(const term&)>
term unary_operator(process&, const term* a) {
  return Operator(a[0]);
}

term same_number(const term& a) {
  if (!a.is_number())
    raise_error("badarith");
  return a;
}

term abs_of(process&, const term* a) {
  if (!a[0].is_number())
    raise_badarg();
  if (a[0].is_float())
    return std::fabs(a[0].as_float());
  return less(a[0], 0) ? negate(a[0]) : a[0];
}

template <rounding How>
term rounded(process&, const term* a) {
  if (!a[0].is_number())
    raise_badarg();
  return a[0].is_float() ? to_integer(a[0].as_float(), How) : a[0];
}

term to_float(process&, const term* a) {
  if (!a[0].is_number())
    raise_badarg();
  try {
    return to_double(a[0]);
  } catch (const raised&) {
    raise_badarg();  // where arithmetic says badarith
  }
}

term max_two(process&, const term* a) {
  return compare(a[0], a[1]) >= 0 ? a[0] : a[1];
}
term min_two(process&, const term* a) {
  return compare(a[0], a[1]) <= 0 ? a[0] : a[1];
}

constexpr native functions[] = {
    {erlang, "+", 2, binary_operator<add>, "'+'(A, B)", "The sum."},
    {erlang, "-", 2, binary_operator<subtract>, "'-'(A, B)", "The difference."},
    {erlang, "*", 2, binary_operator<multiply>, "'*'(A, B)", "The product."},
    {erlang, "/", 2, binary_operator<divide>, "'/'(A, B)", "The quotient, always a float."},
    {erlang, "div", 2, binary_operator<integer_divide>, "'div'(A, B)", "The quotient of integers, cut towards zero."},
    {erlang, "rem", 2, binary_operator<remainder>, "'rem'(A, B)", "What div leaves; it has the sign of A."},
    {erlang, "band", 2, binary_operator<bit_and>, "'band'(A, B)", "Bits that both have."},
    {erlang, "bor", 2, binary_operator<bit_or>, "'bor'(A, B)", "Bits that one has at least."},
    {erlang, "bxor", 2, binary_operator<bit_xor>, "'bxor'(A, B)", "Bits that just one has."},
    {erlang, "bsl", 2, binary_operator<shift_left>, "'bsl'(A, Count)", "The bits shifted to the left."},
    {erlang, "bsr", 2, binary_operator<shift_right>, "'bsr'(A, Count)", "The bits shifted to the right."},
    {erlang, "bnot", 1, unary_operator<bit_not>, "'bnot'(A)", "Every bit the other way round."},
    {erlang, "+", 1, unary_operator<same_number>, "'+'(A)", "The number itself."},
    {erlang, "-", 1, unary_operator<negate>, "'-'(A)", "The number with the other sign."},
    {erlang, "==", 2, [](process&, const term* a) -> term { return compare(a[0], a[1]) == 0; }, "'=='(A, B)",
     "Equal; 1 == 1.0."},
    {erlang, "/=", 2, [](process&, const term* a) -> term { return compare(a[0], a[1]) != 0; }, "'/='(A, B)",
     "Not equal."},
    {erlang, "=:=", 2, [](process&, const term* a) -> term { return a[0] == a[1]; }, "'=:='(A, B)",
     "Equal, and of one type."},
    {erlang, "=/=", 2, [](process&, const term* a) -> term { return !(a[0] == a[1]); }, "'=/='(A, B)",
     "Not equal, or of two types."},
    {erlang, "<", 2, [](process&, const term* a) -> term { return compare(a[0], a[1]) < 0; }, "'<'(A, B)",
     "Before in Erlang's order."},
    {erlang, "=<", 2, [](process&, const term* a) -> term { return compare(a[0], a[1]) <= 0; }, "'=<'(A, B)",
     "Before, or equal."},
    {erlang, ">", 2, [](process&, const term* a) -> term { return compare(a[0], a[1]) > 0; }, "'>'(A, B)",
     "After in Erlang's order."},
    {erlang, ">=", 2, [](process&, const term* a) -> term { return compare(a[0], a[1]) >= 0; }, "'>='(A, B)",
     "After, or equal."},
    {erlang, "and", 2,
     [](process&, const term* a) -> term {
       const bool both[] = {take_bool(a[0]), take_bool(a[1])};
       return both[0] && both[1];
     },
     "'and'(A, B)", "True if both are."},
    {erlang, "or", 2,
     [](process&, const term* a) -> term {
       const bool both[] = {take_bool(a[0]), take_bool(a[1])};
       return both[0] || both[1];
     },
     "'or'(A, B)", "True if one is at least."},
    {erlang, "xor", 2, [](process&, const term* a) -> term { return take_bool(a[0]) != take_bool(a[1]); },
     "'xor'(A, B)", "True if just one is."},
    {erlang, "not", 1, [](process&, const term* a) -> term { return !take_bool(a[0]); }, "'not'(A)",
     "True if it is false."},
    {erlang, "abs", 1, abs_of, "abs(Number)", "The number without its sign."},
    {erlang, "ceil", 1, rounded<rounding::up>, "ceil(Number)", "The smallest integer that is not less."},
    {erlang, "floor", 1, rounded<rounding::down>, "floor(Number)", "The largest integer that is not greater."},
    {erlang, "float", 1, to_float, "float(Number)", "The number as a float."},
    {erlang, "round", 1, rounded<rounding::nearest>, "round(Number)", "The nearest integer; halves away from zero."},
    {erlang, "trunc", 1, rounded<rounding::truncate>, "trunc(Number)", "The integer part."},
    {erlang, "max", 2, max_two, "max(A, B)", "The greater of two terms; A if they are equal."},
    {erlang, "min", 2, min_two, "min(A, B)", "The smaller of two terms; A if they are equal."},
};
}  // namespace

std::span<const native> erlang_operators() {
  return functions;
}
}  // namespace twinslot::library
