#include "runtime/console/parser.hpp"

#include "runtime/console/operators.hpp"
#include "runtime/console/stack_guard.hpp"
#include "runtime/term/print.hpp"

#include <optional>
#include <vector>

namespace twinslot::console {
namespace {
// What may stand where an expression is expected: any, or the few forms of a fun's head (no calls, no `case` ...).
enum class mode { any, head };
// A token as error texts show it.
std::string text_of(const token& shown) {
  const atom category = shown.category;
  if (category == "dot"_atom)
    return "'.'";
  if (category == "var"_atom)
    return std::string(shown.value.as_atom().text());
  if (category == "char"_atom) {
    const std::string text = to_text_p(list(shown.value));
    return "$" + (text.size() >= 3 && text.front() == '"' ? text.substr(1, text.size() - 2) : text);
  }
  if (category == "string"_atom && shown.value.is_nil())
    return "\"\"";
  if (category == "string"_atom || category == "integer"_atom || category == "float"_atom || category == "atom"_atom)
    return to_text_p(shown.value, {.width = 1 << 30});
  const std::string text = quoted(category);
  return text.front() == '\'' ? text : "'" + text + "'";
}

class parser {
public:
  explicit parser(std::span<const token> tokens) : tokens_(tokens) {}

  term all() {
    std::vector<term> expressions = comma_separated();
    if (accept(";"_atom))  // as if a function's next clause followed: what is wrong comes after
      unexpected();
    expect("dot"_atom);
    return list_of(expressions.data(), expressions.size());
  }

private:
  using terms = std::vector<term>;
  struct level {
    explicit level(parser& p) : owner(p) {
      if (++owner.depth_ > nesting_limit || is_stack_low())
        throw syntax_error{owner.place(), "nested more than " + std::to_string(owner.depth_ - 1) + " levels deep"};
    }
    ~level() { --owner.depth_; }
    level(const level&) = delete;
    parser& owner;
  };

  // Tokens.
  bool at(atom category) const { return next_ < tokens_.size() && tokens_[next_].category == category; }
  bool at(atom category, std::size_t ahead) const {
    return next_ + ahead < tokens_.size() && tokens_[next_ + ahead].category == category;
  }
  position place() const { return next_ < tokens_.size() ? tokens_[next_].at : tokens_.back().at; }
  bool accept(atom category) {
    const bool found = at(category);
    next_ += found ? 1 : 0;
    return found;
  }
  const token& expect(atom category) {
    if (!at(category))
      unexpected();
    return tokens_[next_++];
  }
  [[noreturn]] void unexpected() const {
    if (next_ < tokens_.size())
      throw syntax_error{place(), "syntax error before: " + text_of(tokens_[next_])};
    throw syntax_error{tokens_.empty() ? position{} : tokens_.back().at, "syntax error before: "};
  }
  static term make_list(const terms& elements) { return list_of(elements.data(), elements.size()); }

  // Expressions.
  terms comma_separated() {
    terms result{expression(0)};
    while (accept(","_atom))
      result.push_back(expression(0));
    return result;
  }

  term expression(int lowest, mode how = mode::any) {
    const level deeper(*this);
    term left = operand(how);
    while (next_ < tokens_.size()) {
      const token& sign = tokens_[next_];
      const binary_operator* found = find_binary(sign.category);
      if (!found || found->precedence < lowest)
        break;
      if (how == mode::head && !found->in_heads)
        unexpected();
      ++next_;
      term right = expression(found->precedence + (found->associates == side::right ? 0 : 1), how);
      if (sign.category == "="_atom)
        left = tuple("match", first_position(left), left, right);
      else
        left = tuple("op", sign.at.as_term(), sign.category, left, right);
      if (found->associates == side::none)
        refuse_second_comparison();
    }
    return left;
  }

  void refuse_second_comparison() const {
    const binary_operator* next = next_ < tokens_.size() ? find_binary(tokens_[next_].category) : nullptr;
    if (next && next->precedence == comparison_level)
      unexpected();
  }

  term operand(mode how) {
    if (next_ >= tokens_.size())
      unexpected();
    const token& first = tokens_[next_];
    if (how == mode::any && accept("catch"_atom))
      return tuple("catch", first.at.as_term(), expression(0));
    if (is_prefix(first.category)) {
      ++next_;
      return tuple("op", first.at.as_term(), first.category, expression(prefix_level, how));
    }
    if (how == mode::any)
      if (auto made = identifier())
        return *made;
    return with_suffixes(how);
  }

  // What the console prints of a pid, a reference or a port can be typed: <0.90.0>, #Ref<0.1.2.3>, #Port<0.5>.
  std::optional<term> identifier() {
    struct form {
      atom function;
      std::vector<atom> tokens;
    };
    static const form forms[] = {
        {"list_to_pid"_atom, {"<"_atom, "float"_atom, "."_atom, "integer"_atom, ">"_atom}},
        {"list_to_ref"_atom, {"#"_atom, "var"_atom, "<"_atom, "float"_atom, "."_atom, "float"_atom, ">"_atom}},
        {"list_to_port"_atom, {"#"_atom, "var"_atom, "<"_atom, "float"_atom, ">"_atom}},
    };
    if (!at("<"_atom) && !at("#"_atom))
      return {};
    const term where = place().as_term();
    for (const form& one : forms) {
      std::string text;
      std::size_t fitting = 0;
      while (fitting < one.tokens.size() && at(one.tokens[fitting], fitting))
        text += spelling(tokens_[next_ + fitting++]);
      if (fitting < one.tokens.size())
        continue;
      next_ += fitting;
      const term function = tuple("remote", where, tuple("atom", where, "erlang"), tuple("atom", where, one.function));
      return tuple("call", where, function, list(tuple("string", where, string(text))));
    }
    return {};
  }
  static std::string spelling(const token& one) {
    if (one.category == "float"_atom)
      return one.text;
    if (one.category == "integer"_atom)
      return to_text_w(one.value);
    return std::string(one.value.is_atom() ? one.value.as_atom().text() : one.category.text());
  }

  // f(X), m:f(X), M#{K => V}
  term with_suffixes(mode how) {
    const bool is_map_literal = at("#"_atom);
    term value = is_map_literal ? map_or_record(nullptr) : primary(how);
    if (how == mode::any && !is_map_literal) {
      if (at(":"_atom)) {
        const term where = tokens_[next_++].at.as_term();
        value = tuple("remote", where, value, primary(mode::any));
      }
      if (at("("_atom)) {
        const term where = first_position(value);
        return tuple("call", where, value, arguments());
      }
      if (value.is_tagged("remote"_atom, 4))
        return value;
    }
    while (how == mode::any && at("#"_atom))
      value = map_or_record(&value);
    return value;
  }

  term arguments() {
    expect("("_atom);
    if (accept(")"_atom))
      return {};
    terms all = comma_separated();
    expect(")"_atom);
    return make_list(all);
  }

  term map_or_record(const term* updated) {
    const term where = expect("#"_atom).at.as_term();
    if (at("atom"_atom))
      return record(where, updated);
    expect("{"_atom);
    terms fields;
    if (!accept("}"_atom)) {
      do
        fields.push_back(map_field());
      while (accept(","_atom));
      expect("}"_atom);
    }
    return updated ? tuple("map", where, *updated, make_list(fields)) : tuple("map", where, make_list(fields));
  }

  // #r{a = 1}, R#r{a = 1}, R#r.a, #r.a behind the #
  term record(const term& where, const term* updated) {
    const term name = tokens_[next_++].value;
    if (accept("."_atom)) {
      const term field = record_field_name(false);
      return updated ? tuple("record_field", where, *updated, name, field) : tuple("record_index", where, name, field);
    }
    expect("{"_atom);
    terms fields;
    if (!accept("}"_atom)) {
      do {
        const term field = record_field_name(true);
        expect("="_atom);
        fields.push_back(tuple("record_field", field[1], field, expression(0)));
      } while (accept(","_atom));
      expect("}"_atom);
    }
    return updated ? tuple("record", where, *updated, name, make_list(fields))
                   : tuple("record", where, name, make_list(fields));
  }

  term record_field_name(bool may_be_any) {
    if (!at("atom"_atom) && !(may_be_any && at("var"_atom)))
      unexpected();
    const token& name = tokens_[next_++];
    return tuple(name.category, name.at.as_term(), name.value);
  }

  term map_field() {
    term key = expression(0);
    const bool is_exact = at(":="_atom);
    if (!is_exact && !at("=>"_atom))
      unexpected();
    const term where = tokens_[next_++].at.as_term();
    return is_exact ? tuple("map_field_exact", where, key, expression(0))
                    : tuple("map_field_assoc", where, key, expression(0));
  }

  term primary(mode how) {
    if (next_ >= tokens_.size())
      unexpected();
    const token& first = tokens_[next_];
    const atom what = first.category;
    if (what == "string"_atom)
      return strings();
    if (what == "var"_atom || what == "atom"_atom || what == "integer"_atom || what == "float"_atom ||
        what == "char"_atom) {
      ++next_;
      return tuple(what, first.at.as_term(), first.value);
    }
    if (what == "("_atom) {
      ++next_;
      term inner = expression(0, how);
      expect(")"_atom);
      return inner;
    }
    if (what == "["_atom)
      return list_expression(how);
    if (what == "{"_atom)
      return tuple_expression();
    if (what == "<<"_atom)
      return binary_expression(how);
    if (how == mode::any)
      for (auto [word, parse] : keywords())
        if (what == word)
          return (this->*parse)();
    unexpected();
  }

  struct keyword {
    atom word;
    term (parser::*parse)();
  };
  static std::span<const keyword> keywords() {
    static const keyword table[] = {
        {"begin"_atom, &parser::block},          {"if"_atom, &parser::if_expression},
        {"case"_atom, &parser::case_expression}, {"receive"_atom, &parser::receive_expression},
        {"fun"_atom, &parser::fun_expression},   {"try"_atom, &parser::try_expression}};
    return table;
  }

  term strings() {
    const term where = tokens_[next_].at.as_term();
    terms pieces;
    while (at("string"_atom))
      pieces.push_back(tokens_[next_++].value);
    if (pieces.size() == 1)
      return tuple("string", where, pieces[0]);
    terms characters;
    for (const term& piece : pieces)
      for (term code : piece.elements_of_list())
        characters.push_back(std::move(code));
    return tuple("string", where, make_list(characters));
  }

  term list_expression(mode how) {
    const term where = expect("["_atom).at.as_term();
    if (accept("]"_atom))
      return tuple("nil", where);
    terms elements{expression(0)};
    if (how == mode::any && accept("||"_atom)) {
      term qualifiers = make_list(comprehension());
      expect("]"_atom);
      return tuple("lc", where, elements[0], qualifiers);
    }
    while (accept(","_atom))
      elements.push_back(expression(0));
    term rest;
    if (accept("|"_atom)) {
      rest = expression(0);
      expect("]"_atom);
    } else {
      rest = tuple("nil", expect("]"_atom).at.as_term());
    }
    for (std::size_t i = elements.size(); i-- > 0;)
      rest = tuple("cons", i == 0 ? where : first_position(elements[i]), elements[i], rest);
    return rest;
  }

  terms comprehension() {
    terms qualifiers;
    do {
      const bool is_binary = at("<<"_atom);
      term left = expression(0);
      const term where = place().as_term();
      if (accept("<-"_atom))
        left = tuple("generate", where, left, expression(0));
      else if (is_binary && left.is_tagged("bin"_atom, 3) && accept("<="_atom))
        left = tuple("b_generate", where, left, expression(0));
      qualifiers.push_back(std::move(left));
    } while (accept(","_atom));
    return qualifiers;
  }

  term tuple_expression() {
    const term where = expect("{"_atom).at.as_term();
    terms elements;
    if (!accept("}"_atom)) {
      elements = comma_separated();
      expect("}"_atom);
    }
    return tuple("tuple", where, make_list(elements));
  }

  term binary_expression(mode how) {
    const term where = expect("<<"_atom).at.as_term();
    terms segments;
    if (accept(">>"_atom))
      return tuple("bin", where, term{});
    do {
      const bool is_plain = !is_prefix(tokens_[next_].category);
      segments.push_back(segment());
      const bool can_be_template = is_plain && segments.size() == 1 && segments[0][3] == "default" &&
                                   segments[0][4] == "default" && how == mode::any;
      if (can_be_template && accept("||"_atom)) {
        term qualifiers = make_list(comprehension());
        expect(">>"_atom);
        return tuple("bc", where, segments[0][2], qualifiers);
      }
    } while (accept(","_atom));
    expect(">>"_atom);
    return tuple("bin", where, make_list(segments));
  }

  // Value:Size/type-type-unit:N
  term segment() {
    const level deeper(*this);
    const token first = next_ < tokens_.size() ? tokens_[next_] : token{};
    term value;
    if (is_prefix(first.category)) {
      ++next_;
      value = tuple("op", first.at.as_term(), first.category, primary(mode::any));
    } else {
      value = primary(mode::any);
    }
    term size = "default", types = "default";
    if (accept(":"_atom))
      size = primary(mode::any);
    if (accept("/"_atom)) {
      terms all;
      do {
        term name = expect("atom"_atom).value;
        all.push_back(accept(":"_atom) ? tuple(name, expect("integer"_atom).value) : name);
      } while (accept("-"_atom));
      types = make_list(all);
    }
    return tuple("bin_element", first_position(value), value, size, types);
  }

  // Clauses.
  term body() {
    expect("->"_atom);
    return make_list(comma_separated());
  }
  /// [[Test]]: alternatives of conjunctions, after `when` or in an `if`.
  term guard() {
    terms alternatives;
    do
      alternatives.push_back(make_list(comma_separated()));
    while (accept(";"_atom));
    return make_list(alternatives);
  }
  term optional_guard() { return accept("when"_atom) ? guard() : term{}; }

  term case_clauses() {
    terms clauses;
    do {
      term pattern = expression(0);
      term test = optional_guard();
      clauses.push_back(tuple("clause", first_position(pattern), list(pattern), test, body()));
    } while (accept(";"_atom));
    return make_list(clauses);
  }

  term block() {
    const term where = expect("begin"_atom).at.as_term();
    terms all = comma_separated();
    expect("end"_atom);
    return tuple("block", where, make_list(all));
  }

  term if_expression() {
    const term where = expect("if"_atom).at.as_term();
    terms clauses;
    do {
      term test = guard();
      const term position = first_position(test.head().head());
      clauses.push_back(tuple("clause", position, term{}, test, body()));
    } while (accept(";"_atom));
    expect("end"_atom);
    return tuple("if", where, make_list(clauses));
  }

  term case_expression() {
    const term where = expect("case"_atom).at.as_term();
    term value = expression(0);
    expect("of"_atom);
    term clauses = case_clauses();
    expect("end"_atom);
    return tuple("case", where, value, clauses);
  }

  term receive_expression() {
    const term where = expect("receive"_atom).at.as_term();
    const term clauses = at("after"_atom) ? term{} : case_clauses();
    if (!accept("after"_atom)) {
      expect("end"_atom);
      return tuple("receive", where, clauses);
    }
    term timeout = expression(0);
    term late = body();
    expect("end"_atom);
    return tuple("receive", where, clauses, timeout, late);
  }

  term try_expression() {
    const term where = expect("try"_atom).at.as_term();
    term tried = make_list(comma_separated());
    term clauses = accept("of"_atom) ? case_clauses() : term{};
    term handlers, after;
    if (accept("catch"_atom)) {
      handlers = catch_clauses();
      if (accept("after"_atom))
        after = make_list(comma_separated());
    } else {
      expect("after"_atom);
      after = make_list(comma_separated());
    }
    expect("end"_atom);
    return tuple("try", where, tried, clauses, handlers, after);
  }

  // Class:Pattern:Stack, where class and stack may be left out: {Class, Pattern, Stack} is the clause's pattern.
  term catch_clauses() {
    terms clauses;
    do {
      const bool has_class = (at("atom"_atom) || at("var"_atom)) && at(":"_atom, 1);
      term what, stack;
      if (has_class) {
        what = primary(mode::head);
        expect(":"_atom);
      }
      term pattern = expression(0, mode::head);
      const term place_of_pattern = first_position(pattern);
      if (!has_class)
        what = tuple("atom", place_of_pattern, "throw");
      if (has_class && accept(":"_atom)) {
        const token& name = expect("var"_atom);
        stack = tuple("var", name.at.as_term(), name.value);
      } else {
        stack = tuple("var", place_of_pattern, "_");
      }
      const term where = what[1];
      term test = optional_guard();
      clauses.push_back(tuple("clause", where, list(tuple("tuple", where, list(what, pattern, stack))), test, body()));
    } while (accept(";"_atom));
    return make_list(clauses);
  }

  term fun_expression() {
    const term where = expect("fun"_atom).at.as_term();
    if (at("("_atom) || (at("var"_atom) && at("("_atom, 1)))
      return fun_clauses(where);
    if (!at("atom"_atom) && !at("var"_atom))
      unexpected();
    const term first = primary(mode::head);
    if (first[0] == "atom" && accept("/"_atom))
      return tuple("fun", where, tuple("function", first[2], expect("integer"_atom).value));
    if (!at(":"_atom))
      unexpected();
    ++next_;
    const term name = one_of("atom"_atom);
    expect("/"_atom);
    const term arity = one_of("integer"_atom);
    return tuple("fun", where, tuple("function", first, name, arity));
  }

  term one_of(atom category) {
    if (!at(category) && !at("var"_atom))
      unexpected();
    return primary(mode::head);
  }

  term fun_clauses(const term& where) {
    const term name = at("var"_atom) ? tokens_[next_].value : term{};
    terms clauses;
    std::size_t arity = 0;
    std::optional<position> mismatch;
    do {
      const position start = place();
      const bool named = at("var"_atom);
      const term own_name = named ? tokens_[next_++].value : term{};
      expect("("_atom);
      terms patterns;
      if (!accept(")"_atom)) {
        do
          patterns.push_back(expression(0, mode::head));
        while (accept(","_atom));
        expect(")"_atom);
      }
      if (clauses.empty())
        arity = patterns.size();
      else if (!mismatch && (patterns.size() != arity || !(own_name == name)))
        mismatch = start;
      term test = optional_guard();
      clauses.push_back(tuple("clause", start.as_term(), make_list(patterns), test, body()));
    } while (accept(";"_atom));
    expect("end"_atom);
    if (mismatch)
      throw syntax_error{*mismatch, "head mismatch"};
    if (name.is_nil())
      return tuple("fun", where, tuple("clauses", make_list(clauses)));
    return tuple("named_fun", where, name, make_list(clauses));
  }

  std::span<const token> tokens_;
  std::size_t next_ = 0;
  int depth_ = 0;
};
}  // namespace

const term& first_position(const term& expression) {
  const term* at = &expression;
  for (;;) {
    const term& what = (*at)[0];
    const bool starts_left =
        (what == "op"_atom && at->is_tuple(5)) || what == "remote"_atom || (what == "map"_atom && at->is_tuple(4));
    if (!starts_left)
      return (*at)[1];
    at = &(*at)[what == "op"_atom ? 3 : 2];
  }
}

std::variant<term, syntax_error> parse_expressions(std::span<const token> tokens) {
  try {
    return parser(tokens).all();
  } catch (const syntax_error& error) {
    return error;
  }
}
}  // namespace twinslot::console
