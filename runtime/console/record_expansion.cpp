#include "runtime/console/record_expansion.hpp"

#include "runtime/console/stack_guard.hpp"

namespace twinslot::console {
namespace {
using terms = std::vector<term>;

term list_of(const terms& all) {
  return twinslot::list_of(all.data(), all.size());
}
term atom_form(const term& place, term name) {
  return tuple("atom", place, std::move(name));
}
term integer_form(const term& place, std::size_t value) {
  return tuple("integer", place, value);
}

class expander {
public:
  explicit expander(const records& known) : known_(known) {}

  // Where a form stands.
  enum class stands { expression, pattern, guard };

  term form(const term& e, stands where) {
    check_stack();
    if (e.is_cons())
      return each(e, where);
    if (!e.is_tuple() || e.size() == 0 || e[0] == "value" || e[0] == "string")
      return e;
    if (e.is_tagged("record"_atom, 4))
      return construction(e, where);
    if (e.is_tagged("record"_atom, 5))
      return update(e);
    if (e.is_tagged("record_field"_atom, 5))
      return access(e, where);
    if (e.is_tagged("record_index"_atom, 4))
      return integer_form(e[1], position(e[3], definition(e[2], e[1])));
    if (e.is_tagged("call"_atom, 4))
      return call(e, where);
    if (e.is_tagged("match"_atom, 4))
      return tuple("match", e[1], form(e[2], stands::pattern), form(e[3], where));
    if (e.is_tagged("generate"_atom, 4) || e.is_tagged("b_generate"_atom, 4))
      return tuple(e[0], e[1], form(e[2], stands::pattern), form(e[3], where));
    if (e.is_tagged("clause"_atom, 5))
      return tuple("clause", e[1], form(e[2], stands::pattern), guards(e[3]), form(e[4], stands::expression));
    terms parts;
    for (std::size_t i = 0; i < e.size(); ++i)
      parts.push_back(form(e[i], where));
    return tuple_of(parts.data(), parts.size());
  }

private:
  term each(const term& all, stands where) {
    terms made;
    for (const term& one : all.elements_of_list())
      made.push_back(form(one, where));
    return list_of(made);
  }

  [[noreturn]] static void fail(const term& place, std::string text) {
    throw syntax_error{{static_cast<int>(place[0].as_int64()), static_cast<int>(place[1].as_int64())}, std::move(text)};
  }
  record definition(const term& name, const term& place) const {
    auto found = known_.find(name.as_atom());
    if (!found)
      fail(place, "record " + quoted(name.as_atom()) + " undefined");
    return *found;
  }
  // 1-based, as element/2 counts.
  static std::size_t position(const term& field, const record& of) {
    const auto found = of.position(field[2].as_atom());
    if (!found)
      fail(field[1], "field " + quoted(field[2].as_atom()) + " undefined in record " + quoted(of.name));
    return *found + 2;
  }
  static std::size_t size_of(const record& of) { return of.fields.size() + 1; }

  // {Position, Value} of the fields that were written.
  std::vector<std::pair<std::size_t, term>> written(const term& fields, const record& of, stands where, term* rest) {
    std::vector<std::pair<std::size_t, term>> found;
    for (const term& one : fields.elements_of_list()) {
      if (one[2].is_tagged("var"_atom, 3)) {  // _ = Value: every field that is not written
        *rest = form(one[3], where);
        continue;
      }
      const std::size_t at = position(one[2], of);
      for (const auto& [before, value] : found)
        if (before == at)
          fail(one[1], "field " + quoted(one[2][2].as_atom()) + " already defined in record " + quoted(of.name));
      found.emplace_back(at, form(one[3], where));
    }
    return found;
  }

  term construction(const term& e, stands where) {
    const record of = definition(e[2], e[1]);
    terms elements{atom_form(e[1], e[2])};
    term rest;
    const auto given = written(e[3], of, where, &rest);
    for (const record::field& field : of.fields) {
      if (!rest.is_nil())
        elements.push_back(rest);
      else if (where == stands::pattern)
        elements.push_back(tuple("var", e[1], "_"));
      else
        elements.push_back(field.value ? tuple("value", e[1], *field.value) : atom_form(e[1], "undefined"));
    }
    for (const auto& [at, value] : given)
      elements[at - 1] = value;
    return tuple("tuple", e[1], list_of(elements));
  }

  // twinslot:Name(Record, Tag, Size, Last)
  static term call_of(const char* name, const term& place, const term& subject, const record& of, term last) {
    const term function = tuple("remote", place, atom_form(place, "twinslot"), atom_form(place, atom(name)));
    return tuple("call", place, function,
                 list(subject, atom_form(place, of.name), integer_form(place, size_of(of)), std::move(last)));
  }

  term update(const term& e) {
    const record of = definition(e[3], e[1]);
    term rest;
    term changes = tuple("nil", e[1]);
    const auto given = written(e[4], of, stands::expression, &rest);
    for (auto one = given.rbegin(); one != given.rend(); ++one)
      changes = tuple("cons", e[1], tuple("tuple", e[1], list(integer_form(e[1], one->first), one->second)), changes);
    return call_of("record_update", e[1], form(e[2], stands::expression), of, changes);
  }

  term access(const term& e, stands where) {
    const record of = definition(e[3], e[1]);
    const std::size_t at = position(e[4], of);
    const term subject = form(e[2], where);
    if (where != stands::guard)
      return call_of("record_field", e[1], subject, of, integer_form(e[1], at));
    tests_.push_back(is_record(e[1], subject, of));
    return tuple("call", e[1], atom_form(e[1], "element"), list(integer_form(e[1], at), subject));
  }

  static term is_record(const term& place, const term& subject, const record& of) {
    return tuple("call", place, atom_form(place, "is_record"),
                 list(subject, atom_form(place, of.name), integer_form(place, size_of(of))));
  }

  // is_record(X, r) and record_info(fields, r) know the record where it is written by name.
  term call(const term& e, stands where) {
    const term& function = e[2];
    const term arguments = form(e[3], where);
    const bool is_about_record = function[0] == "atom" &&
                                 (function[2] == "is_record" || function[2] == "record_info") && arguments.is_cons() &&
                                 arguments.tail().is_cons() && arguments.tail().tail().is_nil() &&
                                 arguments.tail().head().is_tagged("atom"_atom, 3);
    if (!is_about_record)
      return tuple("call", e[1], form(function, where), arguments);
    const term name = arguments.tail().head();
    const record of = definition(name[2], name[1]);
    if (function[2] == "is_record")
      return is_record(e[1], arguments.head(), of);
    if (arguments.head().is_tagged("atom"_atom, 3) && arguments.head()[2] == "size")
      return integer_form(e[1], size_of(of));
    if (!(arguments.head().is_tagged("atom"_atom, 3) && arguments.head()[2] == "fields"))
      fail(e[1], "illegal record info");
    terms names;
    for (const record::field& field : of.fields)
      names.push_back(field.name);
    return tuple("value", e[1], list_of(names));
  }

  // What is accessed must be such a record: that is tested first.
  term guards(const term& alternatives) {
    terms all;
    for (const term& tests : alternatives.elements_of_list()) {
      terms outer = std::exchange(tests_, {});
      const term expanded = each(tests, stands::guard);
      terms both = std::exchange(tests_, std::move(outer));
      for (const term& one : expanded.elements_of_list())
        both.push_back(one);
      all.push_back(list_of(both));
    }
    return list_of(all);
  }

  const records& known_;
  terms tests_;  // of the guard that is being expanded
};

// Raised where it is written, not in here.
void check_record(const term& subject, const term& name, const term& size) {
  if (!subject.is_tuple() || term(subject.size()) != size || subject[0] != name)
    throw raised{"error"_atom, tuple("badrecord", subject), list(tuple("erl_eval", "expr", 6, term{}))};
}
void check_position(const term& position, const term& subject) {
  if (!position.is_int64() || position.as_int64() < 1 || static_cast<std::size_t>(position.as_int64()) > subject.size())
    raise_badarg();
}

term record_field(process&, const term* arguments) {
  check_record(arguments[0], arguments[1], arguments[2]);
  check_position(arguments[3], arguments[0]);
  return arguments[0][static_cast<std::size_t>(arguments[3].as_int64()) - 1];
}

term record_update(process&, const term* arguments) {
  const term& subject = arguments[0];
  check_record(subject, arguments[1], arguments[2]);
  terms elements(subject.elements(), subject.elements() + subject.size());
  for (const term& change : arguments[3].elements_of_list()) {
    if (!change.is_tuple(2))
      raise_badarg();
    check_position(change[0], subject);
    elements[static_cast<std::size_t>(change[0].as_int64()) - 1] = change[1];
  }
  return tuple_of(elements.data(), elements.size());
}

constexpr native functions[] = {
    {"twinslot", "record_field", 4, record_field, "record_field(Record, Name, Size, Position)",
     "What Record#Name.Field stands for."},
    {"twinslot", "record_update", 4, record_update, "record_update(Record, Name, Size, [{Position, Value}])",
     "What Record#Name{Field = Value} stands for."},
};
}  // namespace

term expand_records(const term& expression, const records& known) {
  return expander(known).form(expression, expander::stands::expression);
}

std::span<const native> record_functions() {
  return functions;
}
}  // namespace twinslot::console
