// runtime/main.cpp - the program `twinslot`: wires a node, its servers, the library and the console together.
#include "actors/install.hpp"
#include "runtime/console/console.hpp"
#include "runtime/console/library/install.hpp"
#include "runtime/console/new_module.hpp"
#include "runtime/process/node.hpp"
#include "runtime/term/print.hpp"

#include <malloc.h>
#include <atomic>
#include <cstdio>
#include <thread>

namespace {
// A process that sits in native code cannot be stopped; the program ends all the same.
void end_after(std::chrono::seconds patience, int status) {
  std::thread([=] {
    std::this_thread::sleep_for(patience);
    std::_Exit(status);
  }).detach();
}

// Memory of large messages is used again instead of being given back and zeroed by the system each time: with 64 KiB
// from each of 100 connections, page faults were a third of the work. 64 MiB an arena may stay. (mimalloc, where the
// program is linked with it, does so by itself.)
void keep_freed_memory() {
  ::mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
  ::mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
}

/// The node is of no use without its code server: as Erlang's, it ends with it and says why.
void end_without_code_server(const twinslot::term& reason) {
  std::fprintf(stderr, "twinslot: the code server has ended: %s. No module can be loaded any more: the program ends.\n",
               twinslot::to_text_w(reason).c_str());
  std::_Exit(1);
}
}  // namespace

int main(int argc, char** argv) {
  using namespace twinslot;
  auto options = console::parse_options(argc, argv, TWINSLOT_VERSION);
  if (const int* status = std::get_if<int>(&options))
    return *status;
  if (const auto& name = std::get<console::options>(options).new_module)
    return console::make_module(*name);
  keep_freed_memory();
  console::prepare_process();
  std::atomic<bool> ends{false};  // before the node, whose code server looks at it to its end
  node home;
  install_library(home);
  code_server::options code;
  code.on_end = [&ends](const term& reason) {
    if (!ends)
      end_without_code_server(reason);
  };
  install_actors(home, code);
  console::install_console(home);
  const int status = console::run_console(home, std::get<console::options>(options), TWINSLOT_VERSION);
  ends = true;
  end_after(std::chrono::seconds(5), status);
  return status;
}
