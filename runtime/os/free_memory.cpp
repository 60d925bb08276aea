#include "runtime/os/free_memory.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>

namespace twinslot::os {
namespace {
constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

std::uint64_t available_of_machine() noexcept {
  std::uint64_t kilobytes = 0;
  bool found = false;
  if (std::FILE* file = std::fopen("/proc/meminfo", "re")) {
    char line[128];
    while (!found && std::fgets(line, sizeof line, file))
      found = std::sscanf(line, "MemAvailable: %" SCNu64, &kilobytes) == 1;
    std::fclose(file);
  }
  return found ? kilobytes * 1024 : unlimited;
}

/// A number in a file; `unlimited` where it says "max", or nothing.
std::uint64_t number_in(const char* path) noexcept {
  std::uint64_t number = unlimited;
  if (std::FILE* file = std::fopen(path, "re")) {
    if (std::fscanf(file, "%" SCNu64, &number) != 1)
      number = unlimited;
    std::fclose(file);
  }
  return number;
}

/// Where the group's files are: of version 2 by its path in /proc/self/cgroup, else of version 1.
std::uint64_t left_in_group() noexcept {
  char line[512];
  std::string path;
  if (std::FILE* file = std::fopen("/proc/self/cgroup", "re")) {
    while (path.empty() && std::fgets(line, sizeof line, file))
      if (std::strncmp(line, "0::", 3) == 0)
        path = std::string("/sys/fs/cgroup") + std::string(line + 3, std::strcspn(line + 3, "\n"));
    std::fclose(file);
  }
  const std::pair<std::string, std::string> places[] = {
      {path + "/memory.max", path + "/memory.current"},
      {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"}};
  std::uint64_t left = unlimited;
  for (const auto& [limit_file, used_file] : places) {
    const std::uint64_t limit = number_in(limit_file.c_str());
    const std::uint64_t used = limit == unlimited ? 0 : number_in(used_file.c_str());
    if (limit != unlimited && used != unlimited)
      left = std::min(left, limit > used ? limit - used : 0);
  }
  return left;
}
}  // namespace

std::uint64_t free_memory() noexcept {
  return std::min(available_of_machine(), left_in_group());
}
}  // namespace twinslot::os
