// runtime/os/mapped.cpp
#include "runtime/os/mapped.hpp"

#include <fcntl.h>
#include <link.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace twinslot::os {
namespace {
constexpr std::uintptr_t page_bytes = 4096;  // the smallest there is

/// ThreadSanitizer does not see the lock that the system's loader holds here; nor may it see a strcmp.
__attribute__((no_sanitize("thread"))) bool same(const char* name, const char* wanted) {
  for (; *name == *wanted; ++name, ++wanted)
    if (*name == 0)
      return true;
  return false;
}
__attribute__((no_sanitize("thread"))) int compare_name(dl_phdr_info* library, std::size_t, void* wanted) {
  return library->dlpi_name != nullptr && same(library->dlpi_name, static_cast<const char*>(wanted));
}
/// True: the text ends there. An address sanitizer must not look on: what lies behind a text without an end is none of
/// its business.
__attribute__((no_sanitize("address"), no_sanitize("thread"))) bool append_text(std::string& to, const char* text,
                                                                                std::size_t most) {
  for (std::size_t i = 0; i < most; ++i) {
    const char next = text[i];
    if (next == 0)
      return true;
    to.push_back(next);
  }
  return false;
}
int count_one(dl_phdr_info*, std::size_t, void* count) {
  ++*static_cast<std::size_t*>(count);
  return 0;
}
}  // namespace

bool is_mapped(const std::string& path) {
  return ::dl_iterate_phdr(compare_name, const_cast<char*>(path.c_str())) != 0;
}

std::size_t mapped_count() {
  std::size_t count = 0;
  ::dl_iterate_phdr(count_one, &count);
  return count;
}

library_memory::library_memory(const std::string& path) {
  struct wanted {
    const char* path;
    std::vector<segment>& segments;
  } what{path.c_str(), segments_};
  ::dl_iterate_phdr(
      [](dl_phdr_info * library, std::size_t bytes, void* data) __attribute__((no_sanitize("thread"))) {
        auto& seen = *static_cast<wanted*>(data);
        if (compare_name(library, bytes, const_cast<char*>(seen.path)) == 0)
          return 0;
        for (int i = 0; i < library->dlpi_phnum; ++i)
          if (const auto& header = library->dlpi_phdr[i]; header.p_type == PT_LOAD) {
            const std::uintptr_t begin = library->dlpi_addr + header.p_vaddr;
            seen.segments.push_back(
                {begin, begin + header.p_memsz, (header.p_flags & PF_R) != 0, (header.p_flags & PF_X) != 0});
          }
        return 1;
      },
      &what);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) == 0) {
    read_end_ = descriptor(ends[0]);
    write_end_ = descriptor(ends[1]);
  }
}

bool library_memory::is_code(const void* function) const noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(function);
  return std::any_of(segments_.begin(), segments_.end(),
                     [at](const segment& one) { return one.executable && at >= one.begin && at < one.end; });
}

// A system call, and not the C library's function: a sanitizer in front of that reads the memory itself.
bool library_memory::is_page_readable(std::uintptr_t at) const {
  const std::uintptr_t page = at - at % page_bytes;
  if (std::find(readable_pages_.begin(), readable_pages_.end(), page) != readable_pages_.end())
    return true;
  char byte = 0;  // one of a page tells about the page
  if (::syscall(SYS_write, write_end_.get(), at, 1) != 1 || ::read(read_end_.get(), &byte, 1) != 1)
    return false;
  readable_pages_.push_back(page);
  return true;
}

bool library_memory::is_readable(const void* first, std::size_t bytes) const {
  auto at = reinterpret_cast<std::uintptr_t>(first);
  if (at == 0 || bytes > UINTPTR_MAX - at)
    return false;
  for (const segment& one : segments_)
    if (at < one.end && at + bytes > one.begin)
      return one.readable && at >= one.begin && at + bytes <= one.end;
  for (std::uintptr_t left = bytes; left > 0;) {
    if (!is_page_readable(at))
      return false;
    const std::uintptr_t step = std::min(page_bytes - at % page_bytes, left);
    at += step;
    left -= step;
  }
  return true;
}

std::optional<std::string> library_memory::text(const char* first, std::size_t limit) const {
  std::string found;
  for (const char* at = first; at != nullptr && found.size() <= limit;) {
    const auto place = reinterpret_cast<std::uintptr_t>(at);
    if (!is_page_readable(place))
      return {};
    const std::size_t left_of_page = page_bytes - place % page_bytes;
    if (append_text(found, at, left_of_page))
      return found.size() <= limit ? std::optional(std::move(found)) : std::nullopt;
    at += left_of_page;
  }
  return {};
}
}  // namespace twinslot::os
