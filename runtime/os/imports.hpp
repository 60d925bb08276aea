// runtime/os/imports.hpp - where an open library lies, and the words through which it calls functions of others.
//
// The system's loader writes the address of each imported function into the library's global offset table.
// `redirect` writes others, before any code of the library runs.
// Source: ELF gABI, "Relocation"; the machines' psABI for the types of relocations.
#pragma once
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace twinslot::os {

/// Of one open library; valid while it is open.
class imports {
public:
  /// `handle` as dlopen gave it.
  explicit imports(void* handle);
  /// All that is mapped of it lies from `begin` to before `end`.
  std::uintptr_t begin() const noexcept { return begin_; }
  std::uintptr_t end() const noexcept { return end_; }
  /// From now on the library calls, and takes the address of, `functions` in place of what it imports by these names.
  /// For one thread, while none runs code of the library. Tells how many words were written.
  std::size_t redirect(const std::vector<std::pair<std::string_view, std::uintptr_t>>& functions);

private:
  struct table {
    std::uintptr_t first;
    std::size_t bytes;
  };
  void find_segments(const void* dynamic);
  std::uintptr_t absolute(std::uintptr_t address) const noexcept;

  std::uintptr_t base_ = 0, begin_ = 0, end_ = 0;
  std::uintptr_t protected_begin_ = 0, protected_end_ = 0;  // written by the loader, then made read-only
  std::uintptr_t symbols_ = 0, names_ = 0;
  std::vector<table> relocations_;
};
}  // namespace twinslot::os
