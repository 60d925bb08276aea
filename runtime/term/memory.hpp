// runtime/term/memory.hpp - how much memory terms take. Any thread.
#pragma once
#include "runtime/term/term.hpp"

#include <cstddef>
#include <cstdint>

namespace twinslot {

/// Bytes of every cell behind the term, each once, with the binaries; 0 for what has none (an atom, a small integer).
/// O(cells). What others refer to as well counts in full.
std::size_t bytes_behind(const term& value);

/// Bytes of all binaries of more than 64 bytes that are alive, in the whole program, as the allocator rounds them.
std::int64_t binary_bytes() noexcept;

/// For runtime/term alone: a binary was made (or, less than 0, freed).
void count_binary(std::int64_t bytes) noexcept;
inline constexpr std::uint64_t counted_binary_bytes = 64;  // from one more on, as OTP's off-heap binaries
}  // namespace twinslot
