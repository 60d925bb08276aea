// runtime/console/library/phash2.hpp - erlang:phash2: a hash that is the same on every node and in every release.
#pragma once
#include "runtime/term/term.hpp"

#include <cstdint>

namespace twinslot::library {
/// The 32 bits from which phash2/1 and phash2/2 are taken.
std::uint32_t phash2_of(const term& value);
}  // namespace twinslot::library
