// runtime/console/library/arguments.cpp
#include "runtime/console/library/arguments.hpp"

namespace twinslot::library {

void raise_in(term reason, const char* module, const char* function, std::initializer_list<term> args) {
  const term entry = tuple(atom(module), atom(function), list_of(args.begin(), args.size()), term{});
  throw raised{"error"_atom, std::move(reason), list(entry)};
}

void raise_at(term reason, const char* module, const char* function, int arity) {
  throw raised{"error"_atom, std::move(reason), list(tuple(atom(module), atom(function), arity, term{}))};
}

void no_clause(const char* module, const char* function, std::initializer_list<term> args) {
  raise_in("function_clause", module, function, args);
}

void no_case(const term& value, const char* module, const char* function, int arity) {
  raise_at(tuple("case_clause", value), module, function, arity);
}

unrolled unroll(const term& list) {
  unrolled result;
  term rest = list;
  for (; rest.is_cons(); rest = rest.tail())
    result.elements.push_back(rest.head());
  result.rest = rest;
  return result;
}

terms proper(const term& list) {
  unrolled all = unroll(list);
  if (!all.rest.is_nil())
    raise_badarg();
  return std::move(all.elements);
}

bool is_proper(const term& list) {
  term rest = list;
  while (rest.is_cons())
    rest = rest.tail();
  return rest.is_nil();
}

bool is_function(const term& value, std::uint64_t arity) {
  return value.is_fun() && static_cast<const fun_cell*>(value.raw().box)->arity == arity;
}

std::int64_t take_integer(const term& value) {
  if (!value.is_int64())
    raise_badarg();
  return value.as_int64();
}

std::int64_t take_integer(const term& value, std::int64_t from, std::int64_t to) {
  const std::int64_t number = take_integer(value);
  if (number < from || number > to)
    raise_badarg();
  return number;
}

atom take_atom(const term& value) {
  if (!value.is_atom())
    raise_badarg();
  return value.as_atom();
}

bool take_bool(const term& value) {
  if (!value.is_bool())
    raise_badarg();
  return value == "true"_atom;
}

std::string take_bytes(const term& iodata) {
  std::string bytes;
  if (!(iodata.is_list() || iodata.is_binary()) || !iodata_to_bytes(iodata, bytes))
    raise_badarg();
  return bytes;
}

std::string_view take_binary(const term& value) {
  if (!value.is_binary())
    raise_badarg();
  return value.bytes();
}

std::string take_file_name(const term& name) {
  std::string text;
  if (name.is_atom())
    text = name.as_atom().text();
  else if (!(name.is_list() || name.is_binary()) || !chardata_to_utf8(name, text))
    raise_badarg();
  if (text.find('\0') != std::string::npos)
    raise_badarg();
  return text;
}
}  // namespace twinslot::library
