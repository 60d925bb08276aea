// The bit syntax: <<1:3, "abc"/utf8, Rest/bits>> as a value and as a pattern.
#include "runtime/console/evaluator.hpp"

#include "runtime/term/arithmetic.hpp"

namespace twinslot::console {
namespace {
using type = segment_format::type;

struct type_name {
  std::string_view name;
  type what;
  std::uint64_t unit;
};
constexpr type_name type_names[] = {
    {"integer", type::integer, 1}, {"float", type::floating, 1},   {"binary", type::binary, 8},
    {"bytes", type::binary, 8},    {"bitstring", type::binary, 1}, {"bits", type::binary, 1},
    {"utf8", type::utf8, 1},       {"utf16", type::utf16, 1},      {"utf32", type::utf32, 1}};

std::string_view name_of(type what) {
  for (const type_name& known : type_names)
    if (known.what == what)
      return known.name;
  return "integer";
}

bool is_utf(type what) {
  return what == type::utf8 || what == type::utf16 || what == type::utf32;
}

}  // namespace

void evaluator::refuse_segment(std::int64_t number, segment_format::type what, term cause, term value) {
  const term info = map({{"cause", tuple(number, atom(name_of(what)), std::move(cause), std::move(value))},
                         {"function", "format_bs_fail"},
                         {"module", "erl_erts_errors"}});
  throw raised{"error"_atom, "badarg", list(tuple("eval_bits", "eval_exp_field", 6, list(tuple("error_info", info))))};
}

std::optional<evaluator::segment> evaluator::format_of(const term& element, term* wrong_size) {
  segment made;
  std::uint64_t unit = 0;
  std::uint64_t default_unit = 1;
  if (element[4].is_list())
    for (const term& word : element[4].elements_of_list()) {
      if (word.is_tuple(2)) {
        unit = static_cast<std::uint64_t>(word[1].as_int64());
        continue;
      }
      const std::string_view name = word.as_atom().text();
      for (const type_name& known : type_names)
        if (known.name == name) {
          made.format.what = known.what;
          default_unit = known.unit;
        }
      made.format.little = name == "little" || name == "native" || (made.format.little && name != "big");
      made.format.is_signed = name == "signed" || (made.format.is_signed && name != "unsigned");
    }
  if (unit == 0)
    unit = default_unit;
  made.unit = unit;
  if (is_utf(made.format.what))
    return made;
  if (element[3] == "default") {
    made.takes_all = made.format.what == type::binary;
    made.format.size = made.format.what == type::floating ? 64 : 8;
    return made;
  }
  const term size = expression(element[3]);
  const bool is_size = size.is_int64() && size.as_int64() >= 0 &&
                       static_cast<std::uint64_t>(size.as_int64()) <= segment_bits_limit / unit;
  if (!is_size) {
    if (wrong_size)
      *wrong_size = size;
    return std::nullopt;
  }
  made.units = static_cast<std::uint64_t>(size.as_int64());
  made.format.size = made.units * unit;
  return made;
}

term evaluator::binary_value(const term& e) {
  bit_writer out;
  std::int64_t number = 0;
  for (const term& element : e[2].elements_of_list())
    put_segment(out, element, ++number);
  return out.finish();
}

void evaluator::put_segment(bit_writer& out, const term& element, std::int64_t number) {
  term wrong_size;
  const term& written = element[2];
  // The value comes first: its error counts before the size's.
  const term value = expression(written);
  const auto how = format_of(element, &wrong_size);
  if (!how) {
    const bool is_too_large = wrong_size.is_integer() && compare(wrong_size, 0) > 0;
    type what = type::integer;
    if (element[4].is_list())
      for (const term& word : element[4].elements_of_list())
        for (const type_name& known : type_names)
          if (word.is_atom() && word.as_atom().text() == known.name)
            what = known.what;
    refuse_segment(number, what, term(is_too_large ? "too_large"_atom : "size"_atom), wrong_size);
  }
  const segment_format& format = how->format;
  const auto put = [&](const term& one) {
    switch (format.what) {
      case type::integer:
        if (!one.is_integer())
          refuse_segment(number, format.what, "type", one);
        out.integer(one, format);
        return;
      case type::floating:
        if (!one.is_number())
          refuse_segment(number, format.what, "type", one);
        if (format.size != 16 && format.size != 32 && format.size != 64)
          refuse_segment(number, format.what, "float_size", how->units);
        if (!out.floating(to_double(one), format))
          refuse_segment(number, format.what, "no_float", one);
        return;
      case type::binary: {
        if (!one.is_bitstring())
          refuse_segment(number, format.what, "type", one);
        const std::uint64_t bits = how->takes_all ? bit_size(one) : format.size;
        if (bits > bit_size(one))
          refuse_segment(number, format.what, "short", one);
        if (how->takes_all && bits % how->unit != 0)
          refuse_segment(number, format.what, tuple("unit", how->unit), one);
        out.bitstring(one, bits);
        return;
      }
      default:
        if (!one.is_int64() || !out.code_point(one.as_int64(), format))
          refuse_segment(number, format.what, "type", one);
    }
  };
  if (written[0] != "string"_atom)
    return put(value);
  for (const term& character : value.elements_of_list())
    put(character);
}

bool evaluator::match_binary(const term& pattern, const term& value, bindings::mark from) {
  if (!value.is_bitstring())
    return false;
  bit_reader in(value);
  return match_segments(pattern[2], in, from) == fit::match && in.left() == 0;
}

// `differs`: the bits were there, and taken, but one of the values was another.
evaluator::fit evaluator::match_segments(const term& segments, bit_reader& in, bindings::mark from) {
  fit result = fit::match;
  for (const term& element : segments.elements_of_list()) {
    const fit one = match_segment(element, in, from);
    if (one == fit::too_short)
      return one;
    if (one == fit::differs)
      result = one;
  }
  return result;
}

evaluator::fit evaluator::match_segment(const term& element, bit_reader& in, bindings::mark from) {
  const auto how = format_of(element);
  if (!how)
    return fit::too_short;
  const segment_format& format = how->format;
  const auto take = [&]() -> std::optional<term> {
    switch (format.what) {
      case type::integer: return in.integer(format);
      case type::floating: return in.floating(format);
      case type::binary:
        if (!how->takes_all)
          return in.bitstring(format.size);
        return in.left() % how->unit == 0 ? std::optional(in.rest()) : std::nullopt;
      default: return in.code_point(format);
    }
  };
  const term& pattern = element[2];
  if (pattern[0] == "string"_atom) {
    fit result = fit::match;
    for (const term& wanted : pattern[2].elements_of_list()) {
      const auto taken = take();
      if (!taken)
        return fit::too_short;
      if (compare(*taken, wanted) != 0)
        result = fit::differs;
    }
    return result;
  }
  const auto taken = take();
  if (!taken)
    return fit::too_short;
  // A float segment takes an integer literal too.
  if (format.what == type::floating && pattern[0] == "integer"_atom)
    return compare(*taken, pattern[2]) == 0 ? fit::match : fit::differs;
  return match(pattern, *taken, from) ? fit::match : fit::differs;
}
}  // namespace twinslot::console
