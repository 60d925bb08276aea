// runtime/console/library/queue.cpp - queue: {Rear, Front}, both lists; the rear one backwards. As OTP keeps it,
// neither is empty where the queue has two elements or more.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

#include <algorithm>

namespace twinslot::library {
namespace {

constexpr auto queue = "queue";

bool is_queue_term(const term& value) {
  return value.is_tuple(2) && is_proper(value[0]) && is_proper(value[1]);
}
/// The elements from front to rear, or badarg.
terms take_queue(const term& value) {
  if (!is_queue_term(value))
    raise_badarg();
  terms all = proper(value[1]);
  const terms rear = proper(value[0]);
  all.insert(all.end(), rear.rbegin(), rear.rend());
  return all;
}
term backwards(const terms& all, std::size_t from) {
  return list_from(terms(all.rbegin(), all.rend() - static_cast<std::ptrdiff_t>(from)));
}
/// The front gets the first half, as OTP's from_list does it.
term queue_of(const terms& all) {
  if (all.size() < 2)
    return tuple(list_of(all.data(), all.size()), term{});
  const std::size_t front = all.size() == 3 ? 1 : all.size() / 2;
  return tuple(backwards(all, front), list_of(all.data(), front));
}

term new_queue(process&, const term*) {
  return tuple(term{}, term{});
}
term is_queue(process&, const term* a) {
  return a[0].is_tuple(2) && a[0][0].is_list() && a[0][1].is_list();
}
term is_empty(process&, const term* a) {
  if (!a[0].is_tuple(2) || !a[0][0].is_list() || !a[0][1].is_list())
    raise_badarg();
  return a[0][0].is_nil() && a[0][1].is_nil();
}
term len(process&, const term* a) {
  return take_queue(a[0]).size();
}
term to_list(process&, const term* a) {
  return list_from(take_queue(a[0]));
}
term from_list(process&, const term* a) {
  return queue_of(proper(a[0]));
}

/// Adds at one side in constant time; the other side never stays empty alone.
term added(const term& element, const term& to, std::size_t near_side) {
  if (!to.is_tuple(2) || !to[0].is_list() || !to[1].is_list())
    raise_badarg();
  const std::size_t far_side = 1 - near_side;
  term sides[2] = {to[0], to[1]};
  const bool single = sides[near_side].is_cons() && sides[near_side].tail().is_nil() && sides[far_side].is_nil();
  if (single) {
    sides[far_side] = sides[near_side];
    sides[near_side] = list(element);
  } else {
    sides[near_side] = cons(element, sides[near_side]);
  }
  return tuple(sides[0], sides[1]);
}
term in(process&, const term* a) {
  return added(a[0], a[1], 0);
}
term in_front(process&, const term* a) {
  return added(a[0], a[1], 1);
}
term cons_front(process&, const term* a) {
  return added(a[0], a[1], 1);
}
term snoc(process&, const term* a) {
  return added(a[1], a[0], 0);
}

/// The first or the last element, and the queue without it; empty where there is none.
struct taken {
  std::optional<term> element;
  term rest;
};
taken take(const term& from, bool front) {
  if (!from.is_tuple(2) || !from[0].is_list() || !from[1].is_list())
    raise_badarg();
  const std::size_t near_side = front ? 1 : 0;
  const std::size_t far_side = 1 - near_side;
  term sides[2] = {from[0], from[1]};
  if (sides[near_side].is_nil() && sides[far_side].is_nil())
    return {{}, from};
  if (sides[near_side].is_nil()) {
    if (sides[far_side].tail().is_nil())
      return {sides[far_side].head(), tuple(term{}, term{})};
    terms all = proper(sides[far_side]);  // the far side's first is the last of the queue, seen from here
    const term element = all.back();
    all.pop_back();
    sides[far_side] = list_of(all.data(), 1);
    sides[near_side] = backwards(all, 1);
    return {element, tuple(sides[0], sides[1])};
  }
  const term element = sides[near_side].head();
  sides[near_side] = sides[near_side].tail();
  if (sides[near_side].is_nil()) {  // half of the other side comes over
    const terms all = proper(sides[far_side]);
    const std::size_t stay = all.size() / 2;
    sides[far_side] = list_of(all.data(), stay);
    sides[near_side] = backwards(all, stay);
  }
  return {element, tuple(sides[0], sides[1])};
}
term out_value(const term& from, bool front) {
  const taken got = take(from, front);
  return got.element ? tuple(tuple("value", *got.element), got.rest) : tuple("empty", got.rest);
}
term out(process&, const term* a) {
  return out_value(a[0], true);
}
term out_rear(process&, const term* a) {
  return out_value(a[0], false);
}
taken must_take(const char* name, const term& from, bool front) {
  taken got = take(from, front);
  if (!got.element)
    raise_in("empty", queue, name, {from});
  return got;
}
term get(process&, const term* a) {
  return *must_take("get", a[0], true).element;
}
term get_rear(process&, const term* a) {
  return *must_take("get_r", a[0], false).element;
}
term peek(process&, const term* a) {
  const taken got = take(a[0], true);
  return got.element ? tuple("value", *got.element) : term("empty");
}
term peek_rear(process&, const term* a) {
  const taken got = take(a[0], false);
  return got.element ? tuple("value", *got.element) : term("empty");
}
term drop(process&, const term* a) {
  return must_take("drop", a[0], true).rest;
}
term drop_rear(process&, const term* a) {
  return must_take("drop_r", a[0], false).rest;
}
term member(process&, const term* a) {
  const terms all = take_queue(a[1]);
  return std::find(all.begin(), all.end(), a[0]) != all.end();
}
term reverse(process&, const term* a) {
  if (!a[0].is_tuple(2) || !a[0][0].is_list() || !a[0][1].is_list())
    raise_badarg();
  return tuple(a[0][1], a[0][0]);
}
term join(process&, const term* a) {
  terms all = take_queue(a[0]);
  const terms behind = take_queue(a[1]);
  if (behind.empty())
    return a[0];
  return all.empty() ? a[1] : tuple(a[1][0], list_from(all, a[1][1]));
}

constexpr native functions[] = {
    {queue, "cons", 2, cons_front, "cons(Item, Q)", "Puts an element at the front."},
    {queue, "drop", 1, drop, "drop(Q)", "Without the first element."},
    {queue, "drop_r", 1, drop_rear, "drop_r(Q)", "Without the last element."},
    {queue, "from_list", 1, from_list, "from_list(List)", "A queue of the elements, the first in front."},
    {queue, "get", 1, get, "get(Q)", "The first element."},
    {queue, "get_r", 1, get_rear, "get_r(Q)", "The last element."},
    {queue, "head", 1, get, "head(Q)", "The first element."},
    {queue, "in", 2, in, "in(Item, Q)", "Puts an element at the rear."},
    {queue, "in_r", 2, in_front, "in_r(Item, Q)", "Puts an element at the front."},
    {queue, "is_empty", 1, is_empty, "is_empty(Q)", "True if there is nothing in it."},
    {queue, "is_queue", 1, is_queue, "is_queue(Term)", "True if the term may be a queue."},
    {queue, "join", 2, join, "join(Q1, Q2)", "Q2 behind Q1."},
    {queue, "len", 1, len, "len(Q)", "How many elements it has."},
    {queue, "member", 2, member, "member(Item, Q)", "True if an element matches."},
    {queue, "new", 0, new_queue, "new()", "The empty queue."},
    {queue, "out", 1, out, "out(Q)", "{{value, First}, Rest} or {empty, Q}."},
    {queue, "out_r", 1, out_rear, "out_r(Q)", "{{value, Last}, Rest} or {empty, Q}."},
    {queue, "peek", 1, peek, "peek(Q)", "{value, First} or empty."},
    {queue, "peek_r", 1, peek_rear, "peek_r(Q)", "{value, Last} or empty."},
    {queue, "reverse", 1, reverse, "reverse(Q)", "The last becomes the first."},
    {queue, "snoc", 2, snoc, "snoc(Q, Item)", "Puts an element at the rear."},
    {queue, "tail", 1, drop, "tail(Q)", "Without the first element."},
    {queue, "to_list", 1, to_list, "to_list(Q)", "The elements from the first to the last."},
};
}  // namespace

std::span<const native> queue_functions() {
  return functions;
}
}  // namespace twinslot::library
