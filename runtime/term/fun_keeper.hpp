// runtime/term/fun_keeper.hpp - what keeps a plugin's code in memory while a fun over it exists anywhere.
//
// A fun cell is data like every other cell, but one whose code is a plugin's holds a reference to its version's keeper,
// and gives it back when the cell is freed: by any thread, in whatever holds the fun. The version holds one reference
// itself. So the keeper outlives both, and a fun outlives its node without harm. Host only. Source: W15.
#pragma once
#include <atomic>
#include <cstdint>

namespace twinslot {

struct fun_keeper {
  std::atomic<std::uint64_t> references{1};
  void* version = nullptr;  // a code::version; valid while the node lives, as a fun keeps it from being closed

  void hold() noexcept { references.fetch_add(1, std::memory_order_seq_cst); }
  void drop() noexcept {
    if (references.fetch_sub(1, std::memory_order_seq_cst) == 1)
      delete this;
  }
  static fun_keeper* of(std::uint64_t unique) noexcept {
    return reinterpret_cast<fun_keeper*>(static_cast<std::uintptr_t>(unique));
  }
  std::uint64_t unique() const noexcept { return reinterpret_cast<std::uintptr_t>(this); }
};
}  // namespace twinslot
