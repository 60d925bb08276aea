#include "tests/bench/bench_world.hpp"

#include "actors/install.hpp"
#include "runtime/console/library/install.hpp"
#include "runtime/term/print.hpp"

#include <stdexcept>
#include <thread>

namespace twinslot::bench {
namespace {
using namespace std::chrono_literals;

constexpr auto patience = 60s;

node_options options_with(unsigned workers) {
  node_options chosen;
  chosen.loading.probe = PROBE;
  chosen.schedulers = workers;
  return chosen;
}
}  // namespace

bench_world::bench_world(const settings& chosen)
    : pairs_(chosen.actors / 2), home_(options_with(chosen.workers)), me_(home_) {
  install_library(home_);
  install_actors(home_);
  load("bench_actors"_atom, PLUGINS "/bench_actors");
  resident_processes_ = home_.processes().size();
}

void bench_world::load(atom module, const std::string& file) {
  call("code", "purge", module);
  const term loaded = call("code", "load_abs", string(file), module);
  if (!loaded.is_tagged("module"_atom, 2))
    throw std::runtime_error("load: " + to_text_w(loaded));
}

pid bench_world::spawn(const char* function, std::vector<term> arguments) {
  return home_.spawn_function("bench_actors"_atom, atom(std::string_view(function)), std::move(arguments)).process;
}

term bench_world::next() {
  const auto message = me_->receive([](const term&) { return true; }, twinslot::clock::now() + patience);
  if (!message)
    throw std::runtime_error("nothing came for a minute");
  return *message;
}

void bench_world::wait_ready(std::int64_t count) {
  for (; count > 0; --count)
    if (const term message = next(); message != "ready"_atom)
      throw std::runtime_error("not ready: " + to_text_w(message));
}

std::int64_t bench_world::wait_done() {
  const term message = next();
  if (!message.is_tagged("done"_atom, 2))
    throw std::runtime_error("not done: " + to_text_w(message));
  return message[1].as_int64();
}

void bench_world::wait_gone() {
  const auto until = twinslot::clock::now() + patience;
  while (home_.processes().size() > resident_processes_) {
    if (twinslot::clock::now() > until)
      throw std::runtime_error("processes that should have ended are still there");
    std::this_thread::sleep_for(1ms);
  }
}
}  // namespace twinslot::bench
