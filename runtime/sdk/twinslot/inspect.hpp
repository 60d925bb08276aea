// runtime/sdk/twinslot/inspect.hpp - structs that describe themselves: as
// record terms, as schemas, as fingerprints.
//
//     struct state { std::int64_t count = 0; };
//     template <class Inspector>
//     bool inspect(Inspector& f, state& x) { return
//     f.object(x).fields(f.field("count", x.count)); }
//
//     to_term(state{2})         {state,2}
//     schema_of<state>()        {state,[{count,int64,0}]}: names, types, and
//     the values of a new object fingerprint_of<state>()   equal if objects of
//     two versions may be exchanged: names, types, sizes, offsets
//
// The name is the struct's own, or what `f.object(x).pretty_name("name")` says.
// A plain aggregate (public members, no constructor, no base class) needs no
// inspect function: the compiler knows its members and their names, so none is
// left out. A class needs one. Source: CAF's inspection API, whose form this
// follows; Erlang's records.
#pragma once
#include "runtime/sdk/twinslot/enumerators.hpp"

namespace twinslot {
class inspector;

/// A type whose members an inspect function lists.
template <class T>
concept inspected = std::is_class_v<T> && requires(inspector& f, T& x) {
  inspect(f, x);
};
/// A type whose members are known.
template <class T>
concept described = inspected<T> ||(sdk::plain_aggregate<T> && !sdk::is_std<T>);

namespace sdk {
/// What is done with one field, for all types alike: little code is made for each.
struct field_type {
  std::size_t bytes;
  bool is_empty;  // takes no place of its own
  term (*to)(const void*);
  bool (*from)(const term&, void*);
  term (*type)();
  void (*layout)(fingerprint&);
};
template <class T>
inline constexpr field_type field_type_of{
    .bytes = sizeof(T),
    .is_empty = std::is_empty_v<T>,
    .to = [](const void* value) { return codec<T>::to(*static_cast<const T*>(value)); },
    .from = [](const term& value, void* result) { return codec<T>::from(value, *static_cast<T*>(result)); },
    .type = [] { return codec<T>::type(); },
    .layout = [](fingerprint& print) { print.add_type<T>(); }};

struct field {
  std::string_view name;
  void* value;
  const field_type* type;
};
template <class T>
using typed_field = refused<T, judge<T>(), field>;

/// An object as its inspect function gives it, or the compiler.
struct object {
  std::string_view record;
  const void* address;
  const field* fields;
  std::size_t field_count;
  bool is_whole;  // the fields' types are the members', and in that order
};
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
      return f_.visit_(f_.data_, {name_, &x_, list, sizeof...(Fields), sdk::consists_of<T, Fields...>()});
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
    if constexpr (sdk::judge<T>() != sdk::unfit::none)
      return {{name, nullptr, &sdk::field_type_of<bool>}};
    else
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
      why = tuple("bad_field", atom(found.fields[i].name), to.type->type(), record[i + 1]);
      return false;
    }
  }
  return true;
}

[[gnu::cold]] inline bool visit_schema(void* data, const object& found) {
  term fields;
  for (std::size_t i = found.field_count; i-- > 0;) {
    const field& f = found.fields[i];
    fields = cons(tuple(atom(found.fields[i].name), f.type->type(), f.type->to(f.value)), std::move(fields));
  }
  *static_cast<term*>(data) = tuple(atom(found.record), fields);
  return true;
}

struct laying_out {
  fingerprint& print;
  std::size_t bytes;  // of an object
};
[[gnu::cold]] inline bool visit_layout(void* data, const object& found) {
  auto& [print, bytes] = *static_cast<laying_out*>(data);
  print.add(found.record);
  print.add(found.field_count);
  bool is_ordered = true;
  std::size_t end = 0;
  std::size_t covered = 0;
  for (std::size_t i = 0; i < found.field_count; ++i) {
    const field& f = found.fields[i];
    const auto begin =
        static_cast<std::size_t>(static_cast<const char*>(f.value) - static_cast<const char*>(found.address));
    print.add(f.name);
    print.add(begin);
    f.type->layout(print);
    if (f.type->is_empty)
      continue;
    is_ordered = is_ordered && begin >= end;  // else one is named twice, perhaps
    end = begin + f.type->bytes;
    covered += f.type->bytes;
  }
  // Either all members are there, or no byte is left that could be one.
  if (!is_ordered || end > bytes || !(found.is_whole || covered == bytes))
    print.differs();
  return true;
}

template <class T>
consteval bool knows_members() {
  constexpr std::size_t count = count_members<T>();
  return count <= member_limit && !holds_array<T, count>(std::make_index_sequence<count>{});
}
template <class T>
inline constexpr bool has_known_members = knows_members<T>();

/// Parts of a type of which one is known to be wrong.
template <class T, unfit Why>
struct unfit_whole {
  using type = T;
  static constexpr unfit why = Why;
};
struct collect_types {
  template <class... M>
  first_unfit<M...> operator()(M&...) const {
    return {};
  }
};
template <class T>
struct parts_of : first_unfit<> {};  // an inspect function says it
template <class T>
requires(!inspected<T> && has_known_members<T>) struct parts_of<T>
    : decltype(members<count_members<T>()>::visit(std::declval<T&>(), collect_types{})) {
};
template <class T>
requires(!inspected<T> && !has_known_members<T>) struct parts_of<T>
    : unfit_whole<T, count_members<T>() <= member_limit ? unfit::array : unfit::crowd> {
};

/// A plain aggregate's members, as an inspect function would give them.
template <class T>
bool visit_members(inspector::visitor how, void* data, T& value) {
  constexpr std::size_t count = count_members<T>();
  if constexpr (has_known_members<T>)
    return members<count>::visit(value, [&]<class... M>(M&... all) {
      [[maybe_unused]] static constexpr auto names = members<count>::template names<T>();
      [[maybe_unused]] std::size_t next = 0;
      const field list[count + 1] = {
          {names.all[next++], const_cast<std::remove_const_t<M>*>(&all), &field_type_of<M>}..., field{}};
      return how(data, {type_name<T>(), &value, list, count, true});
    });
  else
    return false;
}

template <described T>
bool visit(inspector::visitor how, void* data, T& value) {
  if constexpr (inspected<T>) {
    inspector f(how, data);
    return inspect(f, value);
  } else {
    return visit_members(how, data, value);
  }
}
}  // namespace sdk

template <described T>
struct codec<T> {
  using layout_of = T;
  using parts = sdk::parts_of<T>;
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
    sdk::laying_out what{print, sizeof(T)};
    sdk::visit(sdk::visit_layout, &what, fresh);
  }
};

/// {Record,[{Field,Type,Default}]}; a type that is no struct has one field and no names: {'',[{'',Type,Default}]}.
template <class T>
[[gnu::cold]] term schema_of() {
  if constexpr (requires { codec<T>::schema(); })
    return codec<T>::schema();
  else
    return tuple(atom(), list(tuple(atom(), codec<T>::type(), codec<T>::to(T{}))));
}

/// Equal for two versions' types: an object made by one may be used by the other.
template <class T>
[[gnu::cold]] std::uint64_t fingerprint_of() {
  sdk::fingerprint print;
  print.add_allocation();
  print.add_type<T>();
  return print.value();
}

/// Why a term is no T; for a struct the first field that does not fit, else {bad_type,Type}.
template <class T>
[[gnu::cold]] term why_not(const term& value) {
  if constexpr (requires { codec<T>::why_not(value); })
    return codec<T>::why_not(value);
  else
    return tuple("bad_type", codec<T>::type());
}
}  // namespace twinslot
