#include "tests/bench/system_load.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <string>

namespace twinslot::bench {

std::int64_t resident_bytes() {
  ::malloc_trim(0);
  std::ifstream pages("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  pages >> total >> resident;
  return resident * ::getpagesize();
}

std::int64_t context_switches() {
  const std::string own = std::to_string(::gettid());
  std::int64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == own)
      continue;
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (const auto at = line.find("ctxt_switches:"); at != line.npos)
        sum += std::stoll(line.substr(line.find(':') + 1));
  }
  return sum;
}

double processor_seconds() {
  ::rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const ::timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}
}  // namespace twinslot::bench
