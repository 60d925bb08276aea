// runtime/os/free_memory.hpp - how much memory the program may still take. Any thread.
// Source: proc(5), /proc/meminfo; cgroups(7), memory.max and memory.current.
#pragma once
#include <cstdint>

namespace twinslot::os {
/// Bytes that the machine, and the program's control group if it is limited, can give without swapping; the largest
/// number where the system does not say.
std::uint64_t free_memory() noexcept;
}  // namespace twinslot::os
