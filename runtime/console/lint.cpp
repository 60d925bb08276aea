#include "runtime/console/lint.hpp"

#include "runtime/console/evaluator.hpp"
#include "runtime/console/lint_segments.hpp"
#include "runtime/console/stack_guard.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot::console {
namespace {

// A variable that an expression made. Unsafe: only some of the ways through it do.
struct variable {
  atom name;
  bool is_unsafe = false;
  atom construct{};  // unsafe in this: case, if, receive, try, catch, andalso, orelse
  term place{};      // {Line, Column}
};
using variables = std::vector<variable>;

const variable* find_in(const variables& all, atom name) {
  for (auto it = all.rbegin(); it != all.rend(); ++it)
    if (it->name == name)
      return &*it;
  return nullptr;
}

std::string line_and_column(const term& place) {
  return "(line " + to_text_w(place[0]) + ", column " + to_text_w(place[1]) + ")";
}

class checker {
public:
  explicit checker(const bindings& scope) {
    for (const auto& [name, value] : scope)
      known_.push_back({name});
  }
  void check(const term& e) { expression(e); }

private:
  using mark = std::size_t;

  [[noreturn]] static void fail(const term& place, std::string text) {
    throw syntax_error{{static_cast<int>(place[0].as_int64()), static_cast<int>(place[1].as_int64())}, std::move(text)};
  }
  // `known_` holds what may be used; what an expression makes is added at its end.
  mark here() const { return known_.size(); }
  variables made_since(mark from) const { return {known_.begin() + static_cast<std::ptrdiff_t>(from), known_.end()}; }
  void rewind(mark to) { known_.erase(known_.begin() + static_cast<std::ptrdiff_t>(to), known_.end()); }
  void add(const variables& more) { known_.insert(known_.end(), more.begin(), more.end()); }

  void use(const term& e) {
    const atom name = e[2].as_atom();
    const std::string shown = "variable '" + std::string(name.text()) + "'";
    const variable* found = name == "_"_atom ? nullptr : find_in(known_, name);
    if (!found)
      fail(e[1], shown + " is unbound");
    if (found->is_unsafe)
      fail(e[1], shown + " unsafe in '" + std::string(found->construct.text()) + "' " + line_and_column(found->place));
  }

  // Bodies and operands.
  void body(const term& expressions) {
    for (const term& e : expressions.elements_of_list())
      expression(e);
  }
  // Operands don't see each other's new variables.
  template <class Check>
  void apart(variables& made, const Check& one) {
    const mark before = here();
    one();
    const variables added = made_since(before);
    made.insert(made.end(), added.begin(), added.end());
    rewind(before);
  }
  void operands(const term& expressions) {
    variables made;
    for (const term& e : expressions.elements_of_list())
      apart(made, [&] { expression(e); });
    add(made);
  }
  void make_unsafe(mark from, atom construct, const term& place) {
    for (mark i = from; i < known_.size(); ++i)
      if (!known_[i].is_unsafe)
        known_[i] = {known_[i].name, true, construct, place};
  }

  void expression(const term& e) {
    check_stack();
    const term& what = e[0];
    if (what == "var"_atom)
      return use(e);
    if (what == "cons"_atom)
      return list(e);
    if (what == "tuple"_atom)
      return operands(e[2]);
    if (what == "map"_atom)
      return map(e);
    if (what == "bin"_atom)
      return binary(e);
    if (what == "lc"_atom || what == "bc"_atom)
      return comprehension(e);
    if (what == "block"_atom)
      return body(e[2]);
    if (what == "if"_atom)
      return branches(e, e[2], {});
    if (what == "case"_atom) {
      expression(e[2]);
      return branches(e, e[3], {});
    }
    if (what == "receive"_atom)
      return receive(e);
    if (what == "match"_atom)
      return match(e);
    if (what == "op"_atom)
      return operators(e);
    if (what == "call"_atom)
      return call(e);
    if (what == "fun"_atom || what == "named_fun"_atom)
      return fun(e);
    if (what == "try"_atom)
      return try_expression(e);
    if (what == "remote"_atom)
      fail(first_place(e), "illegal expression");
    if (what == "catch"_atom) {
      const mark before = here();
      expression(e[2]);
      make_unsafe(before, "catch"_atom, e[1]);
    }
  }

  static const term& first_place(const term& e) { return e[0] == "remote"_atom ? e[2][1] : e[1]; }

  void list(const term& e) {
    variables made;
    const term* at = &e;
    for (; at->is_tagged("cons"_atom, 4); at = &(*at)[3])
      apart(made, [&] { expression((*at)[2]); });
    apart(made, [&] { expression(*at); });
    add(made);
  }

  void map(const term& e) {
    const bool is_update = e.is_tuple(4);
    variables made;
    if (is_update)
      apart(made, [&] { expression(e[2]); });
    for (const term& field : e[is_update ? 3 : 2].elements_of_list()) {
      if (!is_update && field[0] == "map_field_exact"_atom)
        fail(field[1], "only association operators '=>' are allowed in map construction");
      apart(made, [&] { expression(field[2]); });
      apart(made, [&] { expression(field[3]); });
    }
    add(made);
  }

  void binary(const term& e) {
    variables made;
    for (const term& element : e[2].elements_of_list()) {
      apart(made, [&] { expression(element[2]); });
      if (element[3].is_tuple())
        apart(made, [&] { expression(element[3]); });
      if (auto text = segment_error(element); !text.empty())
        fail(element[1], std::move(text));
    }
    add(made);
  }

  void operators(const term& e) {
    if (e.is_tuple(4))
      return expression(e[3]);
    std::vector<const term*> chain{&e};
    while ((*chain.back())[3].is_tagged("op"_atom, 5))
      chain.push_back(&(*chain.back())[3]);
    const mark before = here();
    expression((*chain.back())[3]);
    for (std::size_t i = chain.size(); i-- > 0;) {
      const term& sign = (*chain[i])[2];
      if (sign == "andalso"_atom || sign == "orelse"_atom) {
        const mark left = here();
        expression((*chain[i])[4]);
        make_unsafe(left, sign.as_atom(), (*chain[i])[1]);
      } else {
        const variables left = made_since(before);
        rewind(before);
        expression((*chain[i])[4]);
        add(left);
      }
    }
  }

  void call(const term& e) {
    variables made;
    const term& function = e[2];
    if (function[0] == "remote"_atom) {
      apart(made, [&] { expression(function[2]); });
      apart(made, [&] { expression(function[3]); });
    } else if (!forgets_variable(e)) {
      apart(made, [&] { expression(function); });
    } else {
      return;  // f(X): X need not be bound
    }
    apart(made, [&] { operands(e[3]); });
    add(made);
  }

  static bool forgets_variable(const term& e) {
    return e[2][0] == "atom"_atom && e[2][2] == "f"_atom && e[3].is_cons() && e[3].tail().is_nil() &&
           e[3].head()[0] == "var"_atom;
  }

  // Branches of case, if, receive, try: what each of them makes is safe afterwards.
  struct extra_branch {
    const term* expressions = nullptr;
  };
  void branches(const term& e, const term& clauses, extra_branch extra) {
    std::vector<variables> made;
    const auto run = [&](const auto& branch) {
      const mark before = here();
      branch();
      made.push_back(made_since(before));
      rewind(before);
    };
    for (const term& clause : clauses.elements_of_list())
      run([&] { this->clause(clause); });
    if (extra.expressions)
      run([&] { body(*extra.expressions); });
    merge(made, e[0].as_atom(), e[1]);
  }

  void merge(const std::vector<variables>& made, atom construct, const term& place) {
    const mark before = here();
    for (const variables& branch : made)
      for (const variable& one : branch) {
        const bool is_new = !find_in(made_since(before), one.name);
        const bool in_all = std::all_of(made.begin(), made.end(), [&](const variables& other) {
          const variable* found = find_in(other, one.name);
          return found && !found->is_unsafe;
        });
        if (is_new)
          known_.push_back(in_all ? variable{one.name} : variable{one.name, true, construct, place});
      }
  }

  void clause(const term& c) {
    for (const term& one : c[2].elements_of_list())
      pattern(one, 0);
    guards(c[3]);
    body(c[4]);
  }

  void receive(const term& e) {
    if (e.is_tuple(3))
      return branches(e, e[2], {});
    variables made;
    apart(made, [&] { expression(e[3]); });
    branches(e, e[2], {&e[4]});
    add(made);
  }

  void match(const term& e) {
    variables made;
    apart(made, [&] { pattern(e[2], 0); });
    apart(made, [&] { expression(e[3]); });
    add(made);
  }

  void fun(const term& e) {
    const bool is_named = e[0] == "named_fun"_atom;
    const mark before = here();
    if (!is_named && e[2][0] == "function"_atom) {
      for (std::size_t i = 1; i < e[2].size(); ++i)
        if (e[2][i].is_tuple())
          expression(e[2][i]);
      return rewind(before);
    }
    if (is_named)
      known_.push_back({e[2].as_atom()});
    const mark outside = here();
    for (const term& c : (is_named ? e[3] : e[2][1]).elements_of_list()) {
      for (const term& one : c[2].elements_of_list())
        pattern(one, outside);
      guards(c[3]);
      body(c[4]);
      rewind(outside);
    }
    rewind(before);
  }

  void comprehension(const term& e) {
    const mark before = here();
    for (const term& one : e[3].elements_of_list()) {
      const bool is_binary = one[0] == "b_generate"_atom;
      if (is_binary || one[0] == "generate"_atom) {
        expression(one[3]);
        if (is_binary)
          for (const term& element : one[2][2].elements_of_list())
            if (takes_the_rest(element))
              fail(element[1], "binary fields without size are not allowed in patterns of bit string generators");
        pattern(one[2], here());
      } else {
        expression(one);
      }
    }
    expression(e[2]);
    rewind(before);
  }

  // What is tried may make variables for its `of` clauses, and nothing else.
  void try_expression(const term& e) {
    const mark before = here();
    body(e[2]);
    std::vector<variables> made;
    const variables tried = made_since(before);
    for (const term& c : e[3].elements_of_list()) {
      const mark inside = here();
      clause(c);
      made.push_back(made_since(inside));
      rewind(inside);
    }
    make_unsafe(before, "try"_atom, e[1]);
    for (const term& c : e[4].elements_of_list()) {
      const mark inside = here();
      handler(c);
      made.push_back(made_since(inside));
      rewind(inside);
    }
    const mark after_try = here();
    for (const variables& branch : made)
      add(branch);
    make_unsafe(after_try, "try"_atom, e[1]);
    const mark after = here();
    body(e[5]);
    make_unsafe(after, "try"_atom, e[1]);
  }

  void handler(const term& c) {
    const term parts = c[2].head()[2];
    const term what = parts.head(), reason = parts.tail().head(), stack = parts.tail().tail().head();
    const atom name = stack[2].as_atom();
    pattern(what, 0);
    pattern(reason, 0);
    if (find_in(known_, name))
      fail(stack[1], "stacktrace variable '" + std::string(name.text()) + "' must not be previously bound");
    for (const term& tests : c[3].elements_of_list())
      for (const term& test : tests.elements_of_list())
        if (test[0] == "var"_atom && test[2] == name)
          fail(test[1], "stacktrace variable '" + std::string(name.text()) + "' must not be used in a guard");
    if (!(name == "_"_atom))
      known_.push_back({name});
    guards(c[3]);
    body(c[4]);
  }

  void guards(const term& alternatives) {
    for (const term& tests : alternatives.elements_of_list())
      for (const term& test : tests.elements_of_list()) {
        if (!is_guard_expression(test))
          fail(test[1], "illegal guard expression");
        const mark before = here();
        expression(test);
        rewind(before);
      }
  }

  // Patterns. Variables older than `from` are shadowed.
  void pattern(const term& p, mark from) {
    check_stack();
    const term& what = p[0];
    if (what == "var"_atom)
      return pattern_variable(p, from);
    if (what == "cons"_atom) {
      const term* at = &p;
      for (; at->is_tagged("cons"_atom, 4); at = &(*at)[3])
        pattern((*at)[2], from);
      return pattern(*at, from);
    }
    if (what == "tuple"_atom) {
      for (const term& element : p[2].elements_of_list())
        pattern(element, from);
      return;
    }
    if (what == "match"_atom) {
      pattern(p[2], from);
      return pattern(p[3], from);
    }
    if (what == "map"_atom && p.is_tuple(3)) {
      for (const term& field : p[2].elements_of_list()) {
        if (field[0] == "map_field_assoc"_atom)
          fail(field[1], "illegal pattern");
        if (!is_guard_expression(field[2]))
          fail(field[2][1], "illegal map key in pattern");
        expression(field[2]);
        pattern(field[3], from);
      }
      return;
    }
    if (what == "bin"_atom)
      return binary_pattern(p, from);
    if (what == "op"_atom && p.is_tuple(5) && p[2] == "++"_atom && is_literal_string(p[3]))
      return pattern(p[4], from);
    if (!is_constant(p))
      fail(p[1], "illegal pattern");
  }

  void pattern_variable(const term& p, mark from) {
    const atom name = p[2].as_atom();
    if (name == "_"_atom)
      return;
    for (mark i = known_.size(); i-- > from;)
      if (known_[i].name == name) {
        if (known_[i].is_unsafe)
          use(p);
        return;
      }
    known_.push_back({name});
  }

  void binary_pattern(const term& p, mark from) {
    for (term rest = p[2]; rest.is_cons(); rest = rest.tail()) {
      const term element = rest.head();
      if (auto text = segment_error(element); !text.empty())
        fail(element[1], std::move(text));
      if (takes_the_rest(element) && rest.tail().is_cons())
        fail(element[1], "a binary field without size is only allowed at the end of a binary pattern");
      if (element[3].is_tuple())
        expression(element[3]);
      const bool fits = element[2][0] == "var"_atom || element[2][0] == "string"_atom || is_constant(element[2]);
      if (!fits)
        fail(element[2][1], "illegal bit pattern");
      pattern(element[2], from);
    }
  }

  static bool is_literal_string(const term& e) {
    const term* at = &e;
    for (; at->is_tagged("cons"_atom, 4); at = &(*at)[3])
      if (!((*at)[2][0] == "integer"_atom) && !((*at)[2][0] == "char"_atom))
        return false;
    return (*at)[0] == "nil"_atom || (*at)[0] == "string"_atom;
  }

  static bool is_constant(const term& e) {
    const term& what = e[0];
    if (what == "op"_atom) {
      const bool is_arithmetic = !(e[2] == "!"_atom || e[2] == "andalso"_atom || e[2] == "orelse"_atom ||
                                   e[2] == "++"_atom || e[2] == "--"_atom);
      return is_arithmetic && is_constant(e[3]) && (e.is_tuple(4) || is_constant(e[4]));
    }
    return what == "integer"_atom || what == "float"_atom || what == "char"_atom || what == "atom"_atom ||
           what == "string"_atom || what == "nil"_atom || what == "value"_atom;
  }

  variables known_;
};
}  // namespace

std::optional<syntax_error> check(const term& expression, const bindings& scope) {
  try {
    checker(scope).check(expression);
    return std::nullopt;
  } catch (const syntax_error& error) {
    return error;
  }
}
}  // namespace twinslot::console
