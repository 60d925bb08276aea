// runtime/console/library/unicode_tables.hpp - letter case and combining marks of Unicode 14, for text.cpp.
#pragma once
#include <cstdint>
#include <span>

namespace twinslot::library::unicode {

/// Every `step`th code point of [first, last] changes by `distance`.
struct case_run {
  char32_t first;
  char32_t last;
  char32_t step;
  std::int32_t distance;
};
/// A code point that becomes two or three; 0: none.
struct case_special {
  char32_t from;
  char32_t to[3];
};
/// Both parts in the order of their code points.
struct case_table {
  std::span<const case_run> runs;
  std::span<const case_special> specials;
};
struct range {
  char32_t first;
  char32_t last;
};

extern const case_table upper;
extern const case_table lower;
extern const case_table title;
extern const case_table fold;
/// Marks that belong to the character before them: general categories Mn, Mc, Me.
extern const std::span<const range> marks;
}  // namespace twinslot::library::unicode
