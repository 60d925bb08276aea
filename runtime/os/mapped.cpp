// runtime/os/mapped.cpp
#include "runtime/os/mapped.hpp"

#include <link.h>

namespace twinslot::os {
namespace {
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
}  // namespace twinslot::os
