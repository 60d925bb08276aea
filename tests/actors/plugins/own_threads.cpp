// tests/actors/plugins/own_threads.cpp - a module that starts a thread which stays until its pipe is closed.
#include <twinslot/gen_server.hpp>

#include <unistd.h>
#include <thread>

namespace ts = twinslot;

TWINSLOT_MODULE(own_threads, "1") {
  return ts::module().function("start", [](std::int64_t pipe) {
    std::thread([pipe] {
      char byte = 0;
      while (::read(static_cast<int>(pipe), &byte, 1) > 0) {
      }
    }).detach();
    return true;
  });
}
