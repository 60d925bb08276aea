// runtime/sdk/twinslot/faults.hpp - what the compiler says of a plugin that is
// wrong: one sentence each, and what to write instead.
//
// Included first by gen_server.hpp: the compiler names the files on the way
// here with each of its errors.
#pragma once
#include <cstdint>

namespace twinslot::sdk {

/// Why a type has no term form, as far as it can be told from the type.
enum class unfit : std::uint8_t { none, unknown, view, constant, code, pointer, array, comparator, crowd };

struct nothing {};
/// A `Base`, where T has a term form.
template <class T, unfit Why, class Base = nothing>
struct refused : Base {
  static constexpr bool no_owner = Why == unfit::view, is_const = Why == unfit::constant, is_code = Why == unfit::code,
                        is_pointer = Why == unfit::pointer, is_array = Why == unfit::array,
                        is_unknown = Why == unfit::unknown, has_comparator = Why == unfit::comparator,
                        is_crowd = Why == unfit::crowd;
  static_assert(!no_owner,
                "twinslot: state may not hold code pointers, nor a message anything that does not own what it shows "
                "(const char*, string_view, span): write std::string or ts::text, ts::bytes, std::vector");
  static_assert(!is_const, "twinslot: a const value can't be read from a term: remove the const");
  static_assert(!is_code,
                "twinslot: state may not hold code pointers (std::function, function pointers, virtual functions ...): "
                "the code behind them leaves memory with its version; keep an "
                "atom, a term or an enum that says what "
                "to do");
  static_assert(!is_pointer,
                "twinslot: state may not hold code pointers, and what this pointer, reference or owner leads to may be "
                "one: keep the value itself, in std::optional or std::vector where there may be none or many");
  static_assert(!has_comparator,
                "twinslot: state may not hold code pointers, nor anything else in a comparator: write a struct without "
                "members whose operator() compares");
  static_assert(!is_crowd,
                "twinslot: a struct of more than 32 members: group some of them in structs, or write its inspect()");
  static_assert(!is_array, "twinslot: a C array has no term form: write std::array<T, N>");
  static_assert(!is_unknown,
                "twinslot: this type has no term form: include its codec (<twinslot/std/...>), or give a class an "
                "inspect() or a codec of its own");
  static constexpr bool told = true;
};

/// What is wrong with a clause, as far as its type tells. `broken`: the compiler has said it already.
enum class fault : std::uint8_t {
  none,
  broken,
  generic,
  changed_argument,
  task_arguments,
  task_place,
  task_header,
  literal_result,
  no_outcome,
};
template <fault Found>
struct clause_fault {
  static constexpr bool generic = Found == fault::generic, changed = Found == fault::changed_argument,
                        arguments = Found == fault::task_arguments, place = Found == fault::task_place,
                        header = Found == fault::task_header, literal = Found == fault::literal_result,
                        no_outcome = Found == fault::no_outcome;
  static_assert(!generic, "twinslot: a clause is a lambda with written-out parameter types: they are its pattern");
  static_assert(!changed, "twinslot: an argument is taken by value or by const reference (the state by State&, once)");
  static_assert(!arguments,
                "twinslot: a clause that returns ts::task takes its arguments and ts::from by value: they live in its "
                "frame, and what a reference means would be gone while it waits");
  static_assert(!place, "twinslot: only init, call, cast, info and continue_ may return ts::task and wait");
  static_assert(!header, "twinslot: a clause that returns ts::task wants #include <twinslot/handler.hpp>");
  static_assert(!literal, "twinslot: a reply is a value: \"ok\"_atom, ts::text(\"...\"), a number ...");
  static_assert(!no_outcome,
                "twinslot: only a call has a reply; this clause "
                "returns nothing or a ts::outcome");
  static constexpr bool told = true;
};
}  // namespace twinslot::sdk
