// runtime/os/mapped.hpp - what is in memory: is a library still there, where does it lie, does a pointer lead anywhere?
//
// A dlclose that answered 0 proves nothing: ask is_mapped. A pointer that came out of a file proves nothing either:
// before it is followed, or called, a library_memory says whether it can be.
// Source: facts of glibc's loader: unique symbols, thread-local destructors and nodelete keep a closed library mapped.
#pragma once
#include "runtime/os/posix.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace twinslot::os {
/// True while the loader has a library that was opened under exactly this path. Any thread; about 50 ns a library.
bool is_mapped(const std::string& path);
/// How many libraries the loader has.
std::size_t mapped_count();

/// Where an open library lies, and what of a pointer's target can be read. For one thread; a snapshot: valid while the
/// library is open. Data may also lie outside of the library, where its code allocated it.
class library_memory {
public:
  /// The library that was opened under exactly this path; without one, nothing is its code.
  explicit library_memory(const std::string& path);
  /// Machine code of this library. No other library's: that is not kept in memory along with this one.
  bool is_code(const void* function) const noexcept;
  /// `bytes` bytes from `first` on can be read, and end where they start: in the library's segment, or outside of it.
  bool is_readable(const void* first, std::size_t bytes) const;
  /// The text up to its NUL. Empty: it cannot be read, or is longer than `limit` bytes.
  std::optional<std::string> text(const char* first, std::size_t limit) const;

private:
  struct segment {
    std::uintptr_t begin, end;
    bool readable, executable;
  };
  bool is_page_readable(std::uintptr_t at) const;

  std::vector<segment> segments_;
  mutable std::vector<std::uintptr_t> readable_pages_;  // seen before
  descriptor read_end_, write_end_;  // of a pipe: the system reads memory for us, and says where there is none
};
}  // namespace twinslot::os
