// runtime/os/executable_path.cpp
#include "runtime/os/executable_path.hpp"

#include "runtime/os/file.hpp"

namespace twinslot::os {
std::string executable_path() {
  auto found = real_path("/proc/self/exe");
  return found ? *found : std::string();
}
}  // namespace twinslot::os
