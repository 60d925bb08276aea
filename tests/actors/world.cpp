#include "tests/actors/world.hpp"

namespace twinslot {
namespace {
using namespace std::chrono_literals;

node_options fixture_options() {
  node_options chosen;
  chosen.loading.probe = PROBE;
  return chosen;
}

term send(process& self, const term* arguments) {
  self.send(arguments[0], arguments[1]);
  return arguments[1];
}
term whereis(process& self, const term* arguments) {
  const auto found = self.home().whereis(arguments[0].as_atom());
  return found ? term(*found) : term("undefined");
}
term process_flag(process& self, const term* arguments) {
  return self.trap_exit(arguments[1] == "true");
}
term sleep(process& self, const term* arguments) {
  self.sleep_until(deadline_from(arguments[0]));
  return "ok";
}
term whoami(process& self, const term*) {
  return self.self();
}

term function_exported(process& self, const term* arguments) {
  const code::pin current = self.home().code().pin_current(arguments[0].as_atom());
  return current && current->find(arguments[1].as_atom(), static_cast<std::size_t>(arguments[2].as_int64()));
}
term unlink(process& self, const term* arguments) {
  self.unlink(arguments[0].as_pid());
  return true;
}
term exit(process& self, const term* arguments) {
  self.exit_signal(arguments[0].as_pid(), arguments[1]);
  return true;
}
term monitor(process& self, const term* arguments) {
  return self.monitor(arguments[1]);
}
term demonitor(process& self, const term* arguments) {
  return self.demonitor(arguments[0].as_reference(), true);
}

constexpr native library[] = {
    {"erlang", "send", 2, send, "send(Dest, Msg)", ""},
    {"erlang", "whereis", 1, whereis, "whereis(RegName)", ""},
    {"erlang", "process_flag", 2, process_flag, "process_flag(Flag, Value)", ""},
    {"erlang", "self", 0, whoami, "self()", ""},
    {"erlang", "unlink", 1, unlink, "unlink(Pid)", ""},
    {"erlang", "exit", 2, exit, "exit(Pid, Reason)", ""},
    {"erlang", "function_exported", 3, function_exported, "", ""},
    {"erlang", "monitor", 2, monitor, "monitor(process, Pid)", ""},
    {"erlang", "demonitor", 2, demonitor, "demonitor(Ref, [flush])", ""},
    {"timer", "sleep", 1, sleep, "sleep(Time)", ""},
};
}  // namespace

std::span<const native> small_library() {
  return library;
}

world::world(const code_server::options& limits) : node_(fixture_options()) {
  node_.output([this](std::string_view written) {
    std::lock_guard lock(output_mutex_);
    output_ += written;
  });
  node_.add_natives(small_library());
  install_actors(node_, limits);
  me_.emplace(node_);
}

world::~world() {
  me_.reset();
}

term world::load(const char* module, const char* file) {
  return call("code", "load_abs", string(std::string(TWINSLOT_FIXTURES "/") + file), atom(std::string_view(module)));
}

void world::replace(const char* module, const char* file) {
  REQUIRE(call("code", "soft_purge", atom(std::string_view(module))) == "true");
  REQUIRE(text(load(module, file)) == "{module," + std::string(module) + "}");
}

term world::change_code(const char* name, const term& old_vsn, const term& extra) {
  const term server = atom(std::string_view(name));
  REQUIRE(call("sys", "suspend", server) == "ok");
  const term answer = call("sys", "change_code", server, server, old_vsn, extra);
  REQUIRE(call("sys", "resume", server) == "ok");
  return answer;
}

term world::next(std::chrono::milliseconds patience) {
  const auto message = self().receive([](const term&) { return true; }, clock::now() + patience);
  return message ? *message : term("undefined");
}

term world::reason_of_end(pid who) {
  const term monitor = self().monitor(who);
  const auto down = self().receive([&](const term& it) { return it.is_tagged("DOWN"_atom, 5) && it[1] == monitor; },
                                   clock::now() + 5s);
  return down ? (*down)[4] : term("alive");
}

bool world::eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience) {
  const auto until = clock::now() + patience;
  while (!holds()) {
    if (clock::now() > until)
      return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

term world::info(pid who, atom key) {
  for (term left = node_.process_info(who); left.is_cons(); left = left.tail())
    if (left.head()[0] == key)
      return left.head()[1];
  return {};
}

std::string world::output() {
  std::lock_guard lock(output_mutex_);
  return output_;
}

void world::forget() {
  std::lock_guard lock(output_mutex_);
  output_.clear();
}

std::string world::reports() {
  std::string written = output();
  constexpr std::string_view before = "REPORT==== ", after = " ===";
  for (std::size_t at = 0; (at = written.find(before, at)) != std::string::npos;) {
    at += before.size();
    const std::size_t end = written.find(after, at);
    if (end == std::string::npos)
      break;
    written.replace(at, end - at, "TIME");
  }
  return written;
}
}  // namespace twinslot
