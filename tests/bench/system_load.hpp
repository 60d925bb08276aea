// tests/bench/system_load.hpp - what the system says about this program: memory, processor time, how often a thread
// of it slept or was interrupted.
#pragma once
#include <cstdint>

namespace twinslot::bench {

/// Resident memory, after what is free was given back.
std::int64_t resident_bytes();
/// Of all threads but the caller's, since they began.
std::int64_t context_switches();
/// Processor time of the whole program.
double processor_seconds();
}  // namespace twinslot::bench
