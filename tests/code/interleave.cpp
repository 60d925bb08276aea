#include "tests/code/interleave.hpp"

#include <chrono>
#include <cstdint>
#include <thread>

void twinslot_test_interleave() {
  thread_local std::uint64_t state = std::hash<std::thread::id>()(std::this_thread::get_id()) | 1;
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;  // xorshift64
  if (state % 64 == 0)
    std::this_thread::sleep_for(std::chrono::microseconds(state / 64 % 200));
  else if (state % 4 == 0)
    std::this_thread::yield();
}
