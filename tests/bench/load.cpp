// tests/bench/load.cpp - loads and purges one module again and again, and looks whether anything is left behind.
//
//     bench_load [ROUNDS]       10,000 rounds by default, v1 and v2 of the counter in turn
//
// Prints one line; exit status 1 if mappings, libraries or copies grew, or memory by more than a megabyte.
#include "runtime/code/host_table.hpp"
#include "runtime/code/loader.hpp"
#include "runtime/os/file.hpp"
#include "runtime/os/mapped.hpp"
#include "runtime/term/print.hpp"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {
using namespace twinslot;

const atom counter = "counter"_atom;
constexpr int warm_up_rounds = 50;
constexpr long memory_slack_kib = 1024;

struct measure {
  std::size_t map_count;
  std::size_t library_count;
  std::size_t copy_count;
  long memory_kib;
};

[[noreturn]] void fail(const char* what, const term& reason) {
  std::fprintf(stderr, "bench_load: %s: %s\n", what, to_text_p(reason).c_str());
  std::exit(1);
}

measure look(const code::loader& load) {
  const std::string maps = os::read_file("/proc/self/maps").value();
  const std::string pages = os::read_file("/proc/self/statm").value();
  const std::string resident = pages.substr(pages.find(' '));
  return {static_cast<std::size_t>(std::count(maps.begin(), maps.end(), '\n')), os::mapped_count(),
          os::list_dir(load.cache_directory()).value().size(), std::atol(resident.c_str()) * (::getpagesize() / 1024)};
}

void round(code::table& versions, code::loader& load, int number) {
  const char* path = number % 2 ? TWINSLOT_FIXTURES "/counter_v1.so" : TWINSLOT_FIXTURES "/counter_v2.so";
  auto made = load.prepare(counter, path);
  if (!made)
    fail("prepare", made.reason());
  std::vector<code::prepared> batch;
  batch.push_back(std::move(*made));
  if (auto done = versions.finish(std::move(batch)); !done)
    fail("finish", done.reason());
  if (!versions.has_old(counter))
    return;
  auto removed = versions.remove_old(counter);
  if (!removed)
    fail("remove_old", removed.reason());
  if (*removed != "removed"_atom)
    fail("remove_old", *removed);
}
}  // namespace

int main(int argument_count, char** arguments) {
  const int rounds = argument_count > 1 ? std::atoi(arguments[1]) : 10'000;
  const abi::host_table host = code::term_functions();
  code::table versions;
  code::loader load(versions, host, {.probe = PROBE});
  for (int i = 0; i < warm_up_rounds; ++i)
    round(versions, load, i);
  const measure before = look(load);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i)
    round(versions, load, i);
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  const measure after = look(load);
  std::printf(
      "%d rounds, %.0f us each; maps %zu -> %zu, libraries %zu -> %zu, copies %zu -> %zu, memory %ld -> %ld KiB\n",
      rounds, spent.count() / std::max(rounds, 1), before.map_count, after.map_count, before.library_count,
      after.library_count, before.copy_count, after.copy_count, before.memory_kib, after.memory_kib);
  bool flat = after.library_count == before.library_count && after.copy_count == before.copy_count;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // these keep books of their own
  flat = flat && after.map_count <= before.map_count + 2 && after.memory_kib <= before.memory_kib + memory_slack_kib;
#endif
  return flat ? 0 : 1;
}
