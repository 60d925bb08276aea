// runtime/console/library/erlang_types.cpp - erlang: type tests, tuples, lists' ends, maps' sizes.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

namespace twinslot::library {
namespace {

constexpr auto erlang = "erlang";
constexpr std::int64_t tuple_limit = 16'777'215;  // elements, as in OTP

/// A tuple's element number, from 0; badarg if there is none.
std::size_t take_position(const term& position, const term& of) {
  if (!of.is_tuple())
    raise_badarg();
  return static_cast<std::size_t>(take_integer(position, 1, static_cast<std::int64_t>(of.size())) - 1);
}
terms elements_of(const term& value) {
  if (!value.is_tuple())
    raise_badarg();
  return {value.elements(), value.elements() + value.size()};
}
const term& take_map(const term& value) {
  if (!value.is_map())
    raise_error(tuple("badmap", value));
  return value;
}

term test_function(process&, const term* a) {
  if (!a[1].is_integer() || less(a[1], 0))
    raise_badarg();
  return a[1].is_int64() && is_function(a[0], static_cast<std::uint64_t>(a[1].as_int64()));
}
term test_record(process&, const term* a) {
  if (!a[1].is_atom())
    raise_badarg();
  return a[0].is_tuple() && a[0].size() > 0 && a[0][0] == a[1];
}
term test_record_size(process&, const term* a) {
  if (!a[1].is_atom() || !a[2].is_integer())
    raise_badarg();
  return a[2].is_int64() && a[2].as_int64() >= 0 && a[0].is_tuple(static_cast<std::size_t>(a[2].as_int64())) &&
         a[0].size() > 0 && a[0][0] == a[1];
}

term element(process&, const term* a) {
  return a[1].is_tuple() ? a[1][take_position(a[0], a[1])] : (raise_badarg(), term{});
}
term setelement(process&, const term* a) {
  const std::size_t at = take_position(a[0], a[1]);
  terms elements = elements_of(a[1]);
  elements[at] = a[2];
  return tuple_from(elements);
}
term tuple_size(process&, const term* a) {
  if (!a[0].is_tuple())
    raise_badarg();
  return a[0].size();
}
term make_tuple(process&, const term* a) {
  return tuple_from(terms(static_cast<std::size_t>(take_integer(a[0], 0, tuple_limit)), a[1]));
}
term make_tuple_with(process&, const term* a) {
  terms elements(static_cast<std::size_t>(take_integer(a[0], 0, tuple_limit)), a[1]);
  for (const term& pair : proper(a[2])) {
    if (!pair.is_tuple(2))
      raise_badarg();
    elements[static_cast<std::size_t>(take_integer(pair[0], 1, static_cast<std::int64_t>(elements.size())) - 1)] =
        pair[1];
  }
  return tuple_from(elements);
}
term append_element(process&, const term* a) {
  terms elements = elements_of(a[0]);
  elements.push_back(a[1]);
  return tuple_from(elements);
}
term insert_element(process&, const term* a) {
  terms elements = elements_of(a[1]);
  const auto at = take_integer(a[0], 1, static_cast<std::int64_t>(elements.size()) + 1) - 1;
  elements.insert(elements.begin() + at, a[2]);
  return tuple_from(elements);
}
term delete_element(process&, const term* a) {
  terms elements = elements_of(a[1]);
  elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(take_position(a[0], a[1])));
  return tuple_from(elements);
}
term tuple_to_list(process&, const term* a) {
  return list_from(elements_of(a[0]));
}
term list_to_tuple(process&, const term* a) {
  const terms elements = proper(a[0]);
  if (static_cast<std::int64_t>(elements.size()) > tuple_limit)
    raise_badarg();
  return tuple_from(elements);
}

term hd(process&, const term* a) {
  if (!a[0].is_cons())
    raise_badarg();
  return a[0].head();
}
term tl(process&, const term* a) {
  if (!a[0].is_cons())
    raise_badarg();
  return a[0].tail();
}
term length(process&, const term* a) {
  std::int64_t count = 0;
  term rest = a[0];
  for (; rest.is_cons(); rest = rest.tail())
    ++count;
  if (!rest.is_nil())
    raise_badarg();
  return count;
}

term map_size(process&, const term* a) {
  return take_map(a[0]).size();
}
term map_get(process&, const term* a) {
  const term* found = take_map(a[1]).get(a[0]);
  if (!found)
    raise_error(tuple("badkey", a[0]));
  return *found;
}
term is_map_key(process&, const term* a) {
  return take_map(a[1]).get(a[0]) != nullptr;
}

term fun_info(process&, const term* a) {
  if (!a[0].is_fun())
    raise_badarg();
  const auto& fun = *static_cast<const fun_cell*>(a[0].raw().box);
  const bool external = (fun.flags & 1) != 0;
  return list(tuple("module", term::copy(fun.module)),
              tuple("name", external || fun.flags & fun_is_of_plugin ? term::copy(fun.name) : term("-")),
              tuple("arity", fun.arity),
              tuple("env", external                       ? term{}
                           : fun.flags & fun_is_of_plugin ? term::copy(fun.environment)
                                                          : list(term::copy(fun.environment))),
              tuple("type", external ? term("external") : term("local")));
}
term fun_info_item(process& self, const term* a) {
  for (const term& item : proper(fun_info(self, a)))
    if (item[0] == a[1])
      return item;
  raise_badarg();
}

constexpr native functions[] = {
    {erlang, "is_atom", 1, [](process&, const term* a) -> term { return a[0].is_atom(); }, "is_atom(Term)",
     "True for an atom."},
    {erlang, "is_binary", 1, [](process&, const term* a) -> term { return a[0].is_binary(); }, "is_binary(Term)",
     "True for a bitstring of whole bytes."},
    {erlang, "is_bitstring", 1, [](process&, const term* a) -> term { return a[0].is_bitstring(); },
     "is_bitstring(Term)", "True for a bitstring."},
    {erlang, "is_boolean", 1, [](process&, const term* a) -> term { return a[0].is_bool(); }, "is_boolean(Term)",
     "True for the atoms true and false."},
    {erlang, "is_float", 1, [](process&, const term* a) -> term { return a[0].is_float(); }, "is_float(Term)",
     "True for a float."},
    {erlang, "is_function", 1, [](process&, const term* a) -> term { return a[0].is_fun(); }, "is_function(Term)",
     "True for a fun."},
    {erlang, "is_function", 2, test_function, "is_function(Term, Arity)", "True for a fun of that arity."},
    {erlang, "is_integer", 1, [](process&, const term* a) -> term { return a[0].is_integer(); }, "is_integer(Term)",
     "True for an integer."},
    {erlang, "is_list", 1, [](process&, const term* a) -> term { return a[0].is_list(); }, "is_list(Term)",
     "True for [] and [_ | _]."},
    {erlang, "is_map", 1, [](process&, const term* a) -> term { return a[0].is_map(); }, "is_map(Term)",
     "True for a map."},
    {erlang, "is_map_key", 2, is_map_key, "is_map_key(Key, Map)", "True if the map has the key."},
    {erlang, "is_number", 1, [](process&, const term* a) -> term { return a[0].is_number(); }, "is_number(Term)",
     "True for an integer or a float."},
    {erlang, "is_pid", 1, [](process&, const term* a) -> term { return a[0].is_pid(); }, "is_pid(Term)",
     "True for a process's identifier."},
    {erlang, "is_port", 1, [](process&, const term* a) -> term { return a[0].is_port(); }, "is_port(Term)",
     "True for a port's identifier."},
    {erlang, "is_record", 2, test_record, "is_record(Term, RecordTag)", "True for a tuple that starts with the tag."},
    {erlang, "is_record", 3, test_record_size, "is_record(Term, RecordTag, Size)",
     "True for a tuple of that size that starts with the tag."},
    {erlang, "is_reference", 1, [](process&, const term* a) -> term { return a[0].is_reference(); },
     "is_reference(Term)", "True for a reference."},
    {erlang, "is_tuple", 1, [](process&, const term* a) -> term { return a[0].is_tuple(); }, "is_tuple(Term)",
     "True for a tuple."},
    {erlang, "append_element", 2, append_element, "append_element(Tuple, Term)", "The tuple with one element more."},
    {erlang, "delete_element", 2, delete_element, "delete_element(Index, Tuple)", "The tuple without that element."},
    {erlang, "element", 2, element, "element(N, Tuple)", "Element number N of a tuple, from 1."},
    {erlang, "fun_info", 1, fun_info, "fun_info(Fun)", "What is known about a fun, as [{Item, Value}]."},
    {erlang, "fun_info", 2, fun_info_item, "fun_info(Fun, Item)", "{Item, Value}: module, name, arity, env, type."},
    {erlang, "hd", 1, hd, "hd(List)", "The first element."},
    {erlang, "insert_element", 3, insert_element, "insert_element(Index, Tuple, Term)",
     "The tuple with the term at that position."},
    {erlang, "length", 1, length, "length(List)", "How many elements a proper list has."},
    {erlang, "list_to_tuple", 1, list_to_tuple, "list_to_tuple(List)", "{A, B, ...} of [A, B, ...]."},
    {erlang, "make_tuple", 2, make_tuple, "make_tuple(Arity, Init)", "A tuple whose elements are all the same."},
    {erlang, "make_tuple", 3, make_tuple_with, "make_tuple(Arity, Default, InitList)",
     "A tuple with the elements of [{Position, Term}], Default elsewhere."},
    {erlang, "map_get", 2, map_get, "map_get(Key, Map)", "The value of a key."},
    {erlang, "map_size", 1, map_size, "map_size(Map)", "How many keys a map has."},
    {erlang, "setelement", 3, setelement, "setelement(Index, Tuple, Value)", "The tuple with one element replaced."},
    {erlang, "tl", 1, tl, "tl(List)", "What follows the first element."},
    {erlang, "tuple_size", 1, tuple_size, "tuple_size(Tuple)", "How many elements a tuple has."},
    {erlang, "tuple_to_list", 1, tuple_to_list, "tuple_to_list(Tuple)", "[A, B, ...] of {A, B, ...}."},
};
}  // namespace

std::span<const native> erlang_types() {
  return functions;
}
}  // namespace twinslot::library
