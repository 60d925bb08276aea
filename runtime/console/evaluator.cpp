#include "runtime/console/evaluator.hpp"

#include "runtime/console/stack_guard.hpp"

#include <unordered_map>

namespace twinslot::console {
namespace {
enum class form {
  literal,
  variable,
  nil,
  cons,
  tuple,
  map,
  bin,
  lc,
  bc,
  block,
  if_,
  case_,
  match,
  op,
  call,
  fun,
  named_fun,
  try_,
  receive,
  catch_,
  remote,
  unknown
};

form form_of(atom name) {
  static const std::unordered_map<std::uint32_t, form> forms = [] {
    std::unordered_map<std::uint32_t, form> made;
    const std::pair<std::string_view, form> all[] = {{"integer", form::literal}, {"float", form::literal},
                                                     {"char", form::literal},    {"string", form::literal},
                                                     {"atom", form::literal},    {"value", form::literal},
                                                     {"var", form::variable},    {"nil", form::nil},
                                                     {"cons", form::cons},       {"tuple", form::tuple},
                                                     {"map", form::map},         {"bin", form::bin},
                                                     {"lc", form::lc},           {"bc", form::bc},
                                                     {"block", form::block},     {"if", form::if_},
                                                     {"case", form::case_},      {"match", form::match},
                                                     {"op", form::op},           {"call", form::call},
                                                     {"fun", form::fun},         {"named_fun", form::named_fun},
                                                     {"try", form::try_},        {"receive", form::receive},
                                                     {"catch", form::catch_},    {"remote", form::remote}};
    for (auto [text, what] : all)
      made.emplace(atom(text).index(), what);
    return made;
  }();
  const auto found = forms.find(name.index());
  return found == forms.end() ? form::unknown : found->second;
}

constexpr unsigned steps_between_looks = 1024;  // whether the process is to die; a look costs a lock

constinit thread_local shell_functions* of_this_thread = nullptr;
}  // namespace

shell_functions* shell_functions::current() noexcept {
  return of_this_thread;
}
shell_functions::use::use(shell_functions& now) noexcept {
  of_this_thread = &now;
}
shell_functions::use::~use() {
  of_this_thread = nullptr;
}

// Lets an endless evaluation be killed.
void evaluator::step() {
  static thread_local unsigned steps = 0;
  if (++steps % steps_between_looks == 0 && self_.may_block())
    self_.sleep_until(clock::now());
}

term evaluator::body(const term& expressions, place where) {
  term rest = expressions;
  for (;;) {
    term next = rest.tail();
    if (!next.is_cons())
      return expression(rest.head(), where);
    expression(rest.head());
    rest = std::move(next);
  }
}

term evaluator::expression(const term& e, place where) {
  if (is_stack_low()) [[unlikely]]
    return with_stack([&] { return expression(e, where); });
  step();
  switch (form_of(e[0].as_atom())) {
    case form::literal: return e[2];
    case form::variable: {
      const term* value = scope_.find(e[2].as_atom());
      if (!value)
        raise_error(tuple("unbound", e[2]));
      return *value;
    }
    case form::nil: return {};
    case form::cons: return list_of_elements(e);
    case form::tuple: {
      const terms elements = values(e[2]);
      return tuple_of(elements.data(), elements.size());
    }
    case form::map: return map_value(e);
    case form::bin: return binary_value(e);
    case form::lc: return list_comprehension(e);
    case form::bc: return binary_comprehension(e);
    case form::block: return body(e[2], where);
    case form::if_: return if_clauses(e, where);
    case form::case_: {
      const term value = expression(e[2]);
      if (auto result = select(e[3], value, where))
        return *result;
      raise_error(tuple("case_clause", value));
    }
    case form::match: return match_expression(e);
    case form::op: return operators(e, where);
    case form::call: return call(e, where);
    case form::fun:
    case form::named_fun: return make_fun(e);
    case form::try_: return try_expression(e);
    case form::receive: return receive_expression(e, where);
    case form::catch_: return catch_expression(e);
    case form::remote: raise_error(tuple("badexpr", ":"));
    case form::unknown: break;
  }
  raise_error(tuple("badexpr", e[0]));
}

evaluator::terms evaluator::values(const term& expressions) {
  terms result;
  for (const term& e : expressions.elements_of_list())
    result.push_back(expression(e));
  return result;
}

// A chain a + b + c ... is as deep to the left as it is long: it is gone through without recursion.
term evaluator::operators(const term& e, place where) {
  if (e.is_tuple(4)) {
    const term operand = expression(e[3]);
    return apply_operator(e, &operand, 1);
  }
  std::vector<const term*> chain{&e};
  while ((*chain.back())[3].is_tagged("op"_atom, 5))
    chain.push_back(&(*chain.back())[3]);
  term left = expression((*chain.back())[3]);
  for (std::size_t i = chain.size(); i-- > 0;) {
    const term& sign = (*chain[i])[2];
    if (sign == "andalso"_atom || sign == "orelse"_atom) {
      left = short_circuit(*chain[i], left, i == 0 ? where : place::inner);
    } else {
      const term operands[] = {std::move(left), expression((*chain[i])[4])};
      left = apply_operator(*chain[i], operands, 2);
    }
  }
  return left;
}

term evaluator::short_circuit(const term& e, const term& left, place where) {
  if (!left.is_bool())
    raise_error(tuple("badarg", left));
  const bool decided = left.is_atom("true"_atom) == (e[2] == "orelse"_atom);
  return decided ? left : expression(e[4], where);
}

term evaluator::apply_operator(const term& e, const term* operands, std::size_t count) {
  const native* function = home_.find_native("erlang"_atom, e[2].as_atom(), count);
  if (!function)
    raise_error("undef");
  return native_call(*function, operands);
}

term evaluator::list_of_elements(const term& e) {
  terms elements;
  const term* at = &e;
  for (; at->is_tagged("cons"_atom, 4); at = &(*at)[3])
    elements.push_back(expression((*at)[2]));
  return list_of(elements.data(), elements.size(), expression(*at));
}

term evaluator::map_value(const term& e) {
  const bool is_update = e.is_tuple(4);
  term result = is_update ? expression(e[2]) : map();
  if (!result.is_map())
    raise_error(tuple("badmap", result));
  for (const term& field : e[is_update ? 3 : 2].elements_of_list()) {
    const term key = expression(field[2]);
    const term value = expression(field[3]);
    if (field[0] == "map_field_exact"_atom && !result.get(key))
      raise_error(tuple("badkey", key));
    result = result.with(key, value);
  }
  return result;
}

term evaluator::match_expression(const term& e) {
  term value = expression(e[3]);
  const auto before = scope_.here();
  if (!match(e[2], value)) {
    scope_.rewind(before);
    raise_error(tuple("badmatch", value));
  }
  return value;
}

term evaluator::if_clauses(const term& e, place where) {
  for (const term& clause : e[2].elements_of_list())
    if (guard(clause[3]))
      return body(clause[4], where);
  raise_error("if_clause");
}

std::optional<term> evaluator::select(const term& clauses, const term& value, place where) {
  const auto before = scope_.here();
  for (const term& clause : clauses.elements_of_list()) {
    if (match(clause[2].head(), value) && guard(clause[3]))
      return body(clause[4], where);
    scope_.rewind(before);
  }
  return std::nullopt;
}

// An error in a guard's test makes the test fail.
bool evaluator::guard(const term& alternatives) {
  if (alternatives.is_nil())
    return true;
  const auto holds = [&](const term& tests) {
    try {
      for (const term& test : tests.elements_of_list())
        if (!expression(test).is_atom("true"_atom))
          return false;
      return true;
    } catch (const raised&) {
      return false;
    }
  };
  for (const term& tests : alternatives.elements_of_list())
    if (holds(tests))
      return true;
  return false;
}
}  // namespace twinslot::console
