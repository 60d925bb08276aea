// runtime/os/posix.cpp
#include "runtime/os/posix.hpp"

#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

namespace twinslot::os {
namespace {
std::string lower(std::string_view prefix, const char* name) {
  std::string text(prefix);
  for (; *name != 0; ++name)
    text += *name >= 'A' && *name <= 'Z' ? static_cast<char>(*name - 'A' + 'a') : *name;
  return text;
}
}  // namespace

atom posix_atom(int error_number) {
  const char* name = strerrorname_np(error_number);
  return name ? atom(lower("", name)) : "unknown"_atom;
}

error last_error() {
  return error{posix_atom(errno)};
}

atom signal_atom(int signal_number) {
  const char* name = sigabbrev_np(signal_number);
  return name ? atom(lower("sig", name)) : "unknown"_atom;
}

void descriptor::close() noexcept {
  // Not again after EINTR: on Linux the number is free by then, perhaps already somebody else's.
  if (const int number = std::exchange(number_, -1); number >= 0)
    ::close(number);
}
}  // namespace twinslot::os
