// runtime/sdk/twinslot/inspect.hpp - structs that describe themselves: as record terms, as schemas, as fingerprints.
//
//     struct state { std::int64_t count = 0; };
//     template <class Inspector>
//     bool inspect(Inspector& f, state& x) { return f.object(x).fields(f.field("count", x.count)); }
//
//     to_term(state{2})         {state,2}
//     schema_of<state>()        {state,[{count,int64,0}]}: names, types, and the values of a new object
//     fingerprint_of<state>()   equal if objects of two versions may be exchanged: names, types, sizes, offsets
//
// The name is the struct's own, or what `f.object(x).pretty_name("name")` says.
// Source: CAF's inspection API, whose form this follows; Erlang's records.
#pragma once
#include "runtime/sdk/twinslot/convert.hpp"

namespace twinslot {
class inspector;

/// A type whose members an inspect function lists.
template <class T>
concept described = std::is_class_v<T> && requires(inspector& f, T& x) {
  inspect(f, x);
};

namespace sdk {
/// What is done with one field, for all types alike: little code is made for each.
struct field_type {
  std::size_t bytes;
  term (*to)(const void*);
  bool (*from)(const term&, void*);
  term (*type)();
  void (*layout)(fingerprint&);
};
template <class T>
inline constexpr field_type field_type_of{
    .bytes = sizeof(T),
    .to = [](const void* value) { return codec<T>::to(*static_cast<const T*>(value)); },
    .from = [](const term& value, void* result) { return codec<T>::from(value, *static_cast<T*>(result)); },
    .type = [] { return codec<T>::type(); },
    .layout = [](fingerprint& print) { codec<T>::layout(print); }};

struct field {
  const char* name;
  void* value;
  const field_type* type;
};
template <class T>
struct typed_field : field {};

/// An object as its inspect function gives it.
struct object {
  std::string_view record;
  const void* address;
  const field* fields;
  std::size_t field_count;
};

// Counting the members of an aggregate: it can be initialised from as many values as it has members, whatever their
// types. Not counted: aggregates with base classes (they are initialised as if they were members).
template <class Whole>
struct any_member {
  template <class T>
  requires(!std::is_same_v<T, Whole>) operator T() const;
};
template <class Whole>
struct any_base {
  template <class T>
  requires(std::is_base_of_v<T, Whole> && !std::is_same_v<T, Whole>) operator T() const;
};
template <class T, std::size_t>
using repeat = T;
template <class T, std::size_t... I>
consteval bool takes_values(std::index_sequence<I...>) {
  return requires {
    T{repeat<any_member<T>, I>{}...};
  };
}
/// True if T surely has more members than the `Count` that were inspected.
template <class T, std::size_t Count>
consteval bool leaves_out_members() {
  if constexpr (!std::is_aggregate_v<T> || requires { T{any_base<T>{}}; })
    return false;
  else
    return takes_values<T>(std::make_index_sequence<Count + 1>{});
}
}  // namespace sdk

/// What an inspect function is called with. It only collects; `visit` does the work once all fields are known.
class inspector {
public:
  using visitor = bool (*)(void* data, const sdk::object& found);
  inspector(visitor visit, void* data) noexcept : visit_(visit), data_(data) {}

  template <class T>
  class object_of {
  public:
    object_of(inspector& f, T& x) noexcept : f_(f), x_(x) {}
    object_of& pretty_name(std::string_view name) noexcept {
      name_ = name;
      return *this;
    }
    template <class... Fields>
    bool fields(sdk::typed_field<Fields>... all) {
      static_assert(!sdk::leaves_out_members<T, sizeof...(Fields)>(),
                    "twinslot: inspect() leaves out a member of this struct: it would be lost at an upgrade");
      const sdk::field list[sizeof...(Fields) + 1] = {all..., sdk::field{}};
      return f_.visit_(f_.data_, {name_, &x_, list, sizeof...(Fields)});
    }

  private:
    inspector& f_;
    T& x_;
    std::string_view name_ = sdk::type_name<T>();
  };

  template <class T>
  object_of<T> object(T& x) noexcept {
    return {*this, x};
  }
  template <class T>
  sdk::typed_field<T> field(const char* name, T& value) noexcept {
    return {{name, &value, &sdk::field_type_of<T>}};
  }

private:
  visitor visit_;
  void* data_;
};

namespace sdk {
/// A tuple of nils that is not shared yet, to be filled element by element.
inline term new_tuple(std::size_t size) noexcept {
  auto* made =
      static_cast<tuple_cell*>(host::make_cell(kind::tuple, size, sizeof(cell) + (size ? size : 1) * sizeof(raw_term)));
  for (std::size_t i = 0; i < size; ++i)
    made->elements[i] = term::bits(kind::nil);
  raw_term bits = term::bits(kind::tuple);
  bits.box = made;
  return term::adopt(bits);
}
inline void set_element(term& fresh, std::size_t index, term value) noexcept {
  auto& place = static_cast<tuple_cell*>(fresh.raw().box)->elements[index];
  place = value.detach();
}

// The visitors. `data` is the variable that the function's caller gave to the inspector.
[[gnu::cold]] inline bool visit_to_term(void* data, const object& found) {
  term record = new_tuple(found.field_count + 1);
  set_element(record, 0, atom(found.record));
  for (std::size_t i = 0; i < found.field_count; ++i)
    set_element(record, i + 1, found.fields[i].type->to(found.fields[i].value));
  *static_cast<term*>(data) = std::move(record);
  return true;
}

struct reading {
  const term& record;
  term why;  // what did not fit
};
/// Why: {not_a_record,Name,Arity} or {bad_field,Name,Type,Value}.
[[gnu::cold]] inline bool visit_from_term(void* data, const object& found) {
  auto& [record, why] = *static_cast<reading*>(data);
  if (!record.is_tagged(atom(found.record), found.field_count + 1)) {
    why = tuple("not_a_record", atom(found.record), found.field_count + 1);
    return false;
  }
  for (std::size_t i = 0; i < found.field_count; ++i) {
    const field& to = found.fields[i];
    if (!to.type->from(record[i + 1], to.value)) {
      why = tuple("bad_field", atom(to.name), to.type->type(), record[i + 1]);
      return false;
    }
  }
  return true;
}

[[gnu::cold]] inline bool visit_schema(void* data, const object& found) {
  term fields;
  for (std::size_t i = found.field_count; i-- > 0;) {
    const field& f = found.fields[i];
    fields = cons(tuple(atom(f.name), f.type->type(), f.type->to(f.value)), std::move(fields));
  }
  *static_cast<term*>(data) = tuple(atom(found.record), fields);
  return true;
}

[[gnu::cold]] inline bool visit_layout(void* data, const object& found) {
  auto& print = *static_cast<fingerprint*>(data);
  print.add(found.record);
  print.add(found.field_count);
  for (std::size_t i = 0; i < found.field_count; ++i) {
    const field& f = found.fields[i];
    print.add(f.name);
    print.add(static_cast<std::uint64_t>(static_cast<const char*>(f.value) - static_cast<const char*>(found.address)));
    print.add(f.type->bytes);
    f.type->layout(print);
  }
  return true;
}

template <described T>
bool visit(inspector::visitor how, void* data, T& value) {
  inspector f(how, data);
  return inspect(f, value);
}
}  // namespace sdk

template <described T>
struct codec<T> {
  static_assert(!std::is_polymorphic_v<T>,
                "twinslot: state may not hold code pointers: a virtual function table leaves memory with its version. "
                "Remove the virtual functions.");
  static_assert(std::is_default_constructible_v<T>,
                "twinslot: a described struct needs a default constructor (so it has no reference members): it is "
                "filled field by field when a term is read");

  static term to(const T& value) {
    term result;
    sdk::visit(sdk::visit_to_term, &result, const_cast<T&>(value));
    return result;
  }
  static bool from(const term& value, T& result) {
    sdk::reading from{value, {}};
    return sdk::visit(sdk::visit_from_term, &from, result);
  }
  static term why_not(const term& value) {
    T scratch{};
    sdk::reading from{value, {}};
    sdk::visit(sdk::visit_from_term, &from, scratch);
    return from.why;
  }
  static term schema() {
    T fresh{};
    term result;
    sdk::visit(sdk::visit_schema, &result, fresh);
    return result;
  }
  static term type() {
    const term own = schema();
    return tuple("record", own[0], own[1]);
  }
  static void layout(sdk::fingerprint& print) {
    T fresh{};
    print.add(sizeof(T));
    sdk::visit(sdk::visit_layout, &print, fresh);
  }
};

/// {Record,[{Field,Type,Default}]}; a type that is no struct has one field and no names: {'',[{'',Type,Default}]}.
template <class T>
[[gnu::cold]] term schema_of() {
  if constexpr (described<T>)
    return codec<T>::schema();
  else
    return tuple(atom(), list(tuple(atom(), codec<T>::type(), codec<T>::to(T{}))));
}

/// Equal for two versions' types: an object made by one may be used by the other.
template <class T>
[[gnu::cold]] std::uint64_t fingerprint_of() {
  sdk::fingerprint print;
  print.add(sizeof(T));
  print.add(alignof(T));
  codec<T>::layout(print);
  return print.value();
}

/// Why a term is no T; for a struct the first field that does not fit, else {bad_type,Type}.
template <class T>
[[gnu::cold]] term why_not(const term& value) {
  if constexpr (described<T>)
    return codec<T>::why_not(value);
  else
    return tuple("bad_type", codec<T>::type());
}
}  // namespace twinslot
