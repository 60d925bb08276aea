// runtime/os/mapped.cpp
#include "runtime/os/mapped.hpp"

#include <link.h>

namespace twinslot::os {
namespace {
int compare_name(dl_phdr_info* library, std::size_t, void* wanted) {
  return library->dlpi_name != nullptr && *static_cast<const std::string*>(wanted) == library->dlpi_name;
}
int count_one(dl_phdr_info*, std::size_t, void* count) {
  ++*static_cast<std::size_t*>(count);
  return 0;
}
}  // namespace

bool is_mapped(const std::string& path) {
  return ::dl_iterate_phdr(compare_name, const_cast<std::string*>(&path)) != 0;
}

std::size_t mapped_count() {
  std::size_t count = 0;
  ::dl_iterate_phdr(count_one, &count);
  return count;
}
}  // namespace twinslot::os
