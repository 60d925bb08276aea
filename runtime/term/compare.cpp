// runtime/term/compare.cpp - Erlang's term order, with a stack of its own: terms may nest a million levels deep.
//
// number < atom < reference < fun < port < pid < tuple < map < nil < list < bitstring
// Source: Erlang's reference manual on term comparisons; OTP 25's answers where it is silent (tests/term).
#include "runtime/term/map_cells.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace twinslot {
namespace {

template <class Value>
int three_way(const Value& a, const Value& b) noexcept {
  return a < b ? -1 : b < a;
}

int rank(kind what) noexcept {
  switch (what) {
    case kind::integer:
    case kind::bignum:
    case kind::floating: return static_cast<int>(kind::integer);
    case kind::text: return static_cast<int>(kind::list);
    default: return static_cast<int>(what);
  }
}

bool is_cons(const raw_term& value) noexcept {
  return value.what == kind::list || value.what == kind::text;
}

int compare_texts(std::string_view a, std::string_view b) noexcept {
  const int order = a.compare(b);
  return order < 0 ? -1 : order > 0;
}

int compare_atoms(std::uint64_t a, std::uint64_t b) noexcept {
  if (a == b)
    return 0;
  return compare_texts(atom::from_index(static_cast<std::uint32_t>(a)).text(),
                       atom::from_index(static_cast<std::uint32_t>(b)).text());
}

bool is_negative(const cell* big) noexcept {
  return (big->flags & 1) != 0;
}

int compare_magnitudes(const bignum_cell* a, const bignum_cell* b) noexcept {
  if (a->size != b->size)
    return three_way(a->size, b->size);
  for (std::uint64_t i = a->size; i-- > 0;)
    if (a->limbs[i] != b->limbs[i])
      return three_way(a->limbs[i], b->limbs[i]);
  return 0;
}

int compare_bignums(const raw_term& a, const raw_term& b) noexcept {
  const auto* left = static_cast<const bignum_cell*>(a.box);
  const auto* right = static_cast<const bignum_cell*>(b.box);
  if (is_negative(left) != is_negative(right))
    return is_negative(left) ? -1 : 1;
  const int order = compare_magnitudes(left, right);
  return is_negative(left) ? -order : order;
}

int compare_integers(const raw_term& a, const raw_term& b) noexcept {
  if (a.what == kind::integer && b.what == kind::integer)
    return three_way(a.integer, b.integer);
  if (a.what == kind::bignum && b.what == kind::bignum)
    return compare_bignums(a, b);
  return a.what == kind::bignum ? (is_negative(a.box) ? -1 : 1) : (is_negative(b.box) ? 1 : -1);
}

/// Both exactly: neither side is rounded.
int compare_int64_with_double(std::int64_t integer, double value) noexcept {
  constexpr double two_to_63 = 9223372036854775808.0;
  if (value >= two_to_63)
    return -1;
  if (value < -two_to_63)
    return 1;
  const double whole = std::trunc(value);
  const auto truncated = static_cast<std::int64_t>(whole);
  if (integer != truncated)
    return three_way(integer, truncated);
  return three_way(whole, value);
}

int compare_magnitude_with_double(const bignum_cell* big, double magnitude) noexcept {
  int exponent = 0;
  const double fraction = std::frexp(magnitude, &exponent);  // magnitude = fraction * 2^exponent
  const std::int64_t bits = static_cast<std::int64_t>(big->size) * 64 - __builtin_clzll(big->limbs[big->size - 1]);
  if (bits != exponent)
    return bits < exponent ? -1 : 1;
  // Same length, more than 53 bits: the double's bits stand at the top, and below them are zeros.
  const auto top = static_cast<std::uint64_t>(std::ldexp(fraction, 64));
  std::uint64_t big_top = big->limbs[big->size - 1];
  const int shift = __builtin_clzll(big_top);
  std::uint64_t below = 0;
  std::uint64_t rest = 0;
  if (big->size > 1) {
    below = big->limbs[big->size - 2];
    rest = shift ? below << shift : below;
    for (std::uint64_t i = 0; i + 2 < big->size; ++i)
      rest |= big->limbs[i];
  }
  if (shift)
    big_top = big_top << shift | below >> (64 - shift);
  if (big_top != top)
    return three_way(big_top, top);
  return rest ? 1 : 0;
}

int compare_integer_with_double(const raw_term& integer, double value) noexcept {
  if (integer.what == kind::integer)
    return compare_int64_with_double(integer.integer, value);
  const bool negative = is_negative(integer.box);
  if (negative != (value < 0))
    return negative ? -1 : 1;
  const int order = compare_magnitude_with_double(static_cast<const bignum_cell*>(integer.box), std::fabs(value));
  return negative ? -order : order;
}

int compare_numbers(const raw_term& a, const raw_term& b, bool exact) noexcept {
  const bool a_floats = a.what == kind::floating;
  const bool b_floats = b.what == kind::floating;
  if (a_floats && b_floats)
    return three_way(a.floating, b.floating);
  if (!a_floats && !b_floats)
    return compare_integers(a, b);
  if (exact)
    return a_floats ? 1 : -1;
  return a_floats ? -compare_integer_with_double(b, a.floating) : compare_integer_with_double(a, b.floating);
}

int compare_binaries(const raw_term& a, const raw_term& b) noexcept {
  const auto* left = static_cast<const binary_cell*>(a.box);
  const auto* right = static_cast<const binary_cell*>(b.box);
  const std::uint64_t left_bits = left->size * 8 - a.aux;
  const std::uint64_t right_bits = right->size * 8 - b.aux;
  const std::uint64_t common = std::min(left_bits, right_bits);
  if (const int order = compare_texts({left->data, common / 8}, {right->data, common / 8}))
    return order;
  if (common % 8) {
    const int unused = 8 - static_cast<int>(common % 8);
    const int last_left = static_cast<unsigned char>(left->data[common / 8]) >> unused;
    const int last_right = static_cast<unsigned char>(right->data[common / 8]) >> unused;
    if (last_left != last_right)
      return three_way(last_left, last_right);
  }
  return three_way(left_bits, right_bits);
}

int compare_ids(const raw_term& a, const raw_term& b) noexcept {
  if (a.id != b.id)
    return three_way(a.id, b.id);
  return compare_atoms(a.aux, b.aux);
}

std::string_view rest_of_text(const raw_term& value) noexcept {
  const auto* text = static_cast<const text_cell*>(value.box);
  return {text->bytes + value.aux, text->size - value.aux};
}

struct term_runs {
  const raw_term* left;
  const raw_term* right;
  std::uint64_t count;
};
struct map_pair {
  const cell* left;
  const cell* right;
  std::uint64_t index;
};
struct list_rests {
  raw_term left;
  raw_term right;
};

/// What is still to be compared. Every kind of step is looked at from its front.
struct step {
  enum { run, lists, map_keys, map_values } what;
  bool exact;
  union {
    term_runs terms;
    map_pair maps;
    list_rests rest;
  };
  step() noexcept : what(run), exact(false), rest{} {}
};

class comparison {
public:
  int of(const raw_term& a, const raw_term& b, bool exact) noexcept {
    int order = start(a, b, exact);
    while (order == 0 && !steps_.empty())
      order = advance();
    return order;
  }

private:
  /// The order of two terms, or 0 and, for compound ones, a step that says more.
  int start(const raw_term& a, const raw_term& b, bool exact) noexcept {
    const int left = rank(a.what);
    if (const int right = rank(b.what); left != right)
      return three_way(left, right);
    switch (a.what) {
      case kind::integer:
      case kind::bignum:
      case kind::floating: return compare_numbers(a, b, exact);
      case kind::atom: return compare_atoms(a.id, b.id);
      case kind::reference:
      case kind::port:
      case kind::pid: return compare_ids(a, b);
      case kind::nil: return 0;
      case kind::binary: return compare_binaries(a, b);
      case kind::list:
      case kind::text: return a.box == b.box && a.aux == b.aux ? 0 : start_lists(a, b, exact);
      case kind::fun: return a.box == b.box ? 0 : start_funs(a, b, exact);
      case kind::tuple: return a.box == b.box ? 0 : start_tuples(a, b, exact);
      case kind::map: return a.box == b.box ? 0 : start_maps(a, b, exact);
    }
    return 0;
  }

  int start_tuples(const raw_term& a, const raw_term& b, bool exact) noexcept {
    const auto* left = static_cast<const tuple_cell*>(a.box);
    const auto* right = static_cast<const tuple_cell*>(b.box);
    if (left->size != right->size)
      return three_way(left->size, right->size);
    push_run(left->elements, right->elements, left->size, exact);
    return 0;
  }

  int start_maps(const raw_term& a, const raw_term& b, bool exact) noexcept {
    if (a.box->size != b.box->size)
      return three_way(a.box->size, b.box->size);
    // Keys first, exactly whatever the operator; values are pushed below them and so come second.
    for (const auto what : {step::map_values, step::map_keys}) {
      step next;
      next.what = what;
      next.exact = exact || what == step::map_keys;
      next.maps = {a.box, b.box, 0};
      steps_.push_back(next);
    }
    return 0;
  }

  int start_funs(const raw_term& a, const raw_term& b, bool exact) noexcept {
    const auto* left = static_cast<const fun_cell*>(a.box);
    const auto* right = static_cast<const fun_cell*>(b.box);
    if (left->flags != right->flags)
      return three_way(left->flags, right->flags);  // local before external
    if (const int order = host::compare(left->module, right->module, exact))
      return order;
    if (const int order = host::compare(left->name, right->name, exact))
      return order;
    if (left->unique != right->unique)
      return three_way(left->unique, right->unique);
    if (left->arity != right->arity)
      return three_way(left->arity, right->arity);
    push_run(&left->environment, &right->environment, 1, exact);
    return 0;
  }

  int start_lists(const raw_term& a, const raw_term& b, bool exact) noexcept {
    step next;
    next.what = step::lists;
    next.exact = exact;
    next.rest = {a, b};
    steps_.push_back(next);
    return 0;
  }

  void push_run(const raw_term* left, const raw_term* right, std::uint64_t count, bool exact) noexcept {
    if (count == 0)
      return;
    step next;
    next.exact = exact;
    next.terms = {left, right, count};
    steps_.push_back(next);
  }

  int advance() noexcept {
    switch (steps_.back().what) {
      case step::run: return advance_run();
      case step::lists: return advance_lists();
      default: return advance_maps();
    }
  }

  int advance_run() noexcept {
    auto& front = steps_.back();
    const raw_term& left = *front.terms.left++;
    const raw_term& right = *front.terms.right++;
    const bool exact = front.exact;
    if (--front.terms.count == 0)
      steps_.pop_back();
    return start(left, right, exact);
  }

  int advance_maps() noexcept {
    auto& front = steps_.back();
    const bool exact = front.exact;
    const bool keys = front.what == step::map_keys;
    const auto [left, right, index] = front.maps;
    if (index == left->size) {
      steps_.pop_back();
      return 0;
    }
    ++front.maps.index;
    const map_entry& a = map_at(left, index);
    const map_entry& b = map_at(right, index);
    return keys ? start(a.key, b.key, exact) : start(a.value, b.value, exact);
  }

  /// Compares elements until two of them are compound: these are pushed above the rest of the lists.
  int advance_lists() noexcept {
    const bool exact = steps_.back().exact;
    raw_term a = steps_.back().rest.left;
    raw_term b = steps_.back().rest.right;
    const auto depth = steps_.size();
    while (is_cons(a) && is_cons(b)) {
      if (a.box == b.box && a.aux == b.aux)
        return finish_lists(depth);
      if (a.what == kind::text && b.what == kind::text)
        return compare_texts(rest_of_text(a), rest_of_text(b)) + finish_lists(depth);
      const term left = term::as_term(a).head();
      const term right = term::as_term(b).head();
      const int order = start(left.raw(), right.raw(), exact);
      a = rest_of(a);
      b = rest_of(b);
      if (order)
        return order;
      if (steps_.size() > depth) {
        steps_[depth - 1].rest = {a, b};
        return 0;
      }
    }
    finish_lists(depth);
    return start(a, b, exact);
  }

  int finish_lists(std::size_t depth) noexcept {
    steps_.resize(depth - 1);
    return 0;
  }

  /// The bits of the tail, without a reference of their own: the root keeps all alive.
  static raw_term rest_of(raw_term list) noexcept {
    if (list.aux + 1 < list.box->size) {
      ++list.aux;
      return list;
    }
    return list.what == kind::text ? term::bits(kind::nil) : static_cast<const list_cell*>(list.box)->tail;
  }

  std::vector<step> steps_;
};
}  // namespace

namespace host {
int compare(const raw_term& a, const raw_term& b, bool exact) noexcept {
  return comparison{}.of(a, b, exact);
}
}  // namespace host
}  // namespace twinslot
