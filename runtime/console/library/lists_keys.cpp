// runtime/console/library/lists_keys.cpp - lists of tuples: finding, replacing and removing by one element.
// Keys compare as `==` does: 1 finds 1.0.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"

namespace twinslot::library {
namespace {

constexpr auto lists = "lists";

bool is_position(const term& value) {
  return value.is_integer() && less(0, value);
}

/// A tuple whose element at the position equals the key.
bool has_key(const term& candidate, const term& position, const term& key) {
  if (!candidate.is_tuple() || !position.is_int64())
    return false;
  const auto index = static_cast<std::uint64_t>(position.as_int64());
  return index <= candidate.size() && compare(candidate[index - 1], key) == 0;
}

/// The list from the tuple with the key on; empty where there is none. `before`: what precedes it.
struct place {
  terms before;
  term rest;
  bool found = false;
};
place find(const term& key, const term& position, const term& list) {
  place at;
  at.rest = list;
  for (; at.rest.is_cons(); at.rest = at.rest.tail()) {
    if (has_key(at.rest.head(), position, key)) {
      at.found = true;
      return at;
    }
    at.before.push_back(at.rest.head());
  }
  return at;
}

/// keyfind, keysearch, keymember: badarg for a bad position and for a list whose bad end is reached.
std::optional<term> look_up(const char* name, const term* a) {
  if (!is_position(a[1]) || !a[1].is_int64())
    raise_in("badarg", lists, name, {a[0], a[1], a[2]});
  term rest = a[2];
  for (; rest.is_cons(); rest = rest.tail())
    if (has_key(rest.head(), a[1], a[0]))
      return rest.head();
  if (!rest.is_nil())
    raise_in("badarg", lists, name, {a[0], a[1], a[2]});
  return {};
}
term keyfind(process&, const term* a) {
  auto found = look_up("keyfind", a);
  return found ? *found : term(false);
}
term keysearch(process&, const term* a) {
  auto found = look_up("keysearch", a);
  return found ? tuple("value", *found) : term(false);
}
term keymember(process&, const term* a) {
  return look_up("keymember", a).has_value();
}

term keydelete(process&, const term* a) {
  if (!is_position(a[1]))
    no_clause(lists, "keydelete", {a[0], a[1], a[2]});
  place at = find(a[0], a[1], a[2]);
  if (at.found)
    return list_from(at.before, at.rest.tail());
  if (!at.rest.is_nil())
    no_clause(lists, "keydelete3", {a[0], a[1], at.rest});
  return a[2];
}

term keyreplace(process&, const term* a) {
  if (!is_position(a[1]) || !a[3].is_tuple())
    no_clause(lists, "keyreplace", {a[0], a[1], a[2], a[3]});
  place at = find(a[0], a[1], a[2]);
  if (at.found)
    return list_from(at.before, cons(a[3], at.rest.tail()));
  if (!at.rest.is_nil())
    no_clause(lists, "keyreplace3", {a[0], a[1], at.rest, a[3]});
  return a[2];
}

term keystore(process&, const term* a) {
  if (!is_position(a[1]) || !a[3].is_tuple())
    no_clause(lists, "keystore", {a[0], a[1], a[2], a[3]});
  place at = find(a[0], a[1], a[2]);
  if (!at.found && !at.rest.is_nil())
    no_clause(lists, "keystore2", {a[0], a[1], at.rest, a[3]});
  return list_from(at.before, cons(a[3], at.found ? at.rest.tail() : term{}));
}

term keytake(process&, const term* a) {
  if (!is_position(a[1]))
    no_clause(lists, "keytake", {a[0], a[1], a[2]});
  place at = find(a[0], a[1], a[2]);
  if (at.found)
    return tuple("value", at.rest.head(), list_from(at.before, at.rest.tail()));
  if (!at.rest.is_nil())
    no_clause(lists, "keytake", {a[0], a[1], at.rest, list_from(terms(at.before.rbegin(), at.before.rend()))});
  return false;
}

term keymap(process& self, const term* a) {
  terms made;
  term rest = a[2];
  for (; rest.is_cons(); rest = rest.tail()) {
    const term element = rest.head();
    if (!element.is_tuple() || !a[1].is_int64() || !is_position(a[1]) ||
        static_cast<std::uint64_t>(a[1].as_int64()) > element.size())
      raise_in("badarg", "erlang", "element", {a[1], element});
    terms changed(element.elements(), element.elements() + element.size());
    term& value = changed[static_cast<std::size_t>(a[1].as_int64() - 1)];
    value = call(self, a[0], {value});
    made.push_back(tuple_from(changed));
  }
  if (!rest.is_nil() || !is_position(a[1]) || !is_function(a[0], 1))
    no_clause(lists, "keymap", {a[0], a[1], rest});
  return list_from(made);
}

constexpr native functions[] = {
    {lists, "keydelete", 3, keydelete, "keydelete(Key, N, TupleList)",
     "Without the first tuple whose element N is Key."},
    {lists, "keyfind", 3, keyfind, "keyfind(Key, N, TupleList)", "The first tuple whose element N is Key, or false."},
    {lists, "keymap", 3, keymap, "keymap(Fun, N, TupleList)", "Replaces element N of each tuple by Fun(Element)."},
    {lists, "keymember", 3, keymember, "keymember(Key, N, TupleList)", "True if a tuple's element N is Key."},
    {lists, "keyreplace", 4, keyreplace, "keyreplace(Key, N, TupleList, NewTuple)",
     "NewTuple in place of the first tuple whose element N is Key."},
    {lists, "keysearch", 3, keysearch, "keysearch(Key, N, TupleList)", "{value, Tuple} of keyfind, or false."},
    {lists, "keystore", 4, keystore, "keystore(Key, N, TupleList, NewTuple)",
     "As keyreplace; appended if there is none."},
    {lists, "keytake", 3, keytake, "keytake(Key, N, TupleList)", "{value, Tuple, TheOthers}, or false."},
};
}  // namespace

std::span<const native> lists_keys() {
  return functions;
}
}  // namespace twinslot::library
