// runtime/console/library/erlang_system.cpp - erlang: calling, identifiers as text, the node and what it knows of
// itself.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/clock.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/term/atom_table.hpp"
#include "runtime/term/identity_words.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace twinslot::library {
namespace {

constexpr auto erlang = "erlang";

// Calling.
term apply_fun(process& self, const term* a) {
  const terms arguments = proper(a[1]);
  return self.home().call_fun(self, a[0], arguments.data(), arguments.size());
}
term apply_function(process& self, const term* a) {
  if (!a[0].is_atom() || !a[1].is_atom())
    raise_badarg();
  const terms arguments = proper(a[2]);
  return self.home().apply(self, a[0].as_atom(), a[1].as_atom(), arguments.data(), arguments.size());
}
bool is_native(process& self, const term* a) {
  return self.home().find_native(take_atom(a[0]), take_atom(a[1]),
                                 static_cast<std::size_t>(take_integer(a[2], 0, 255))) != nullptr;
}
term function_exported(process& self, const term* a) {
  if (is_native(self, a))
    return true;
  const code::pin held = self.home().code().pin_current(a[0].as_atom());
  if (a[1] == "module_info" && a[2].as_int64() <= 1)
    return held || !self.home().natives_of(a[0].as_atom()).empty();
  return held && held->find(a[1].as_atom(), static_cast<std::size_t>(a[2].as_int64())) != nullptr;
}
term is_builtin(process& self, const term* a) {
  return is_native(self, a) && a[0] == "erlang"_atom;
}
term make_fun(process&, const term* a) {
  return external_fun(take_atom(a[0]), take_atom(a[1]), static_cast<std::uint64_t>(take_integer(a[2], 0, 255)));
}

// Identifiers as text.
term pid_to_list(process&, const term* a) {
  if (!a[0].is_pid())
    raise_badarg();
  return string(to_text_w(a[0]));
}
term ref_to_list(process&, const term* a) {
  if (!a[0].is_reference())
    raise_badarg();
  return string(to_text_w(a[0]));
}
term port_to_list(process&, const term* a) {
  if (!a[0].is_port())
    raise_badarg();
  return string(to_text_w(a[0]));
}
term fun_to_list(process&, const term* a) {
  if (!a[0].is_fun())
    raise_badarg();
  return string(to_text_w(a[0]));
}

/// The numbers of an identifier of this node as to_text_w writes it: <0.90.0> has 0, 90, 0.
std::vector<std::uint64_t> numbers_in(const term& text, std::string_view before, std::size_t least, std::size_t most) {
  std::string bytes;
  if (!text.is_list() || !iodata_to_bytes(text, bytes) || !bytes.starts_with(before))
    raise_badarg();
  std::vector<std::uint64_t> numbers;
  const char* at = bytes.data() + before.size();
  const char* const end = bytes.data() + bytes.size();
  for (char after = '.'; after == '.';) {
    const auto read = std::from_chars(at, end, numbers.emplace_back());
    if (read.ec != std::errc{} || read.ptr == end)
      raise_badarg();
    after = *read.ptr;
    at = read.ptr + 1;
    if (after != '.' && after != '>')
      raise_badarg();
  }
  if (at != end || numbers[0] != 0 || numbers.size() < least || numbers.size() > most)
    raise_badarg();
  return numbers;
}
std::uint32_t take_word(std::uint64_t number) {
  if (number >> 32)
    raise_badarg();
  return static_cast<std::uint32_t>(number);
}
term list_to_pid(process&, const term* a) {
  const auto numbers = numbers_in(a[0], "<", 3, 3);
  return pid{pid_id({take_word(numbers[1]), take_word(numbers[2]) & 0x7FFFFFFF}), 0};
}
term list_to_ref(process&, const term* a) {
  const auto numbers = numbers_in(a[0], "#Ref<", 2, 6);
  reference_words words{{}, static_cast<std::uint32_t>(numbers.size() - 1)};
  for (std::uint32_t i = 0; i < words.count; ++i)  // the highest word is written first
    words.word[i] = take_word(numbers[numbers.size() - 1 - i]);
  return reference{reference_id(words), 0};
}
term list_to_port(process&, const term* a) {
  return port{numbers_in(a[0], "#Port<", 2, 2)[1], 0};
}

// The node.
term node_name(process&, const term*) {
  return "nonode@nohost";
}
term node_of(process&, const term* a) {
  if (!a[0].is_pid() && !a[0].is_port() && !a[0].is_reference())
    raise_badarg();
  return a[0].raw().aux == 0 ? term("nonode@nohost") : term(atom::from_index(a[0].raw().aux));
}
term no_nodes(process&, const term*) {
  return {};
}
term nodes_of(process&, const term* a) {
  const bool own = a[0] == "this"_atom || a[0] == "known"_atom;
  const bool others = a[0] == "visible"_atom || a[0] == "hidden"_atom || a[0] == "connected"_atom;
  if (!own && !others)
    raise_badarg();
  return own ? list("nonode@nohost") : term{};
}
term is_alive(process&, const term*) {
  return false;
}

/// Ends the program at once. What must be put in order first (the terminal) registers with std::at_quick_exit.
[[noreturn]] void leave(int status) {
  std::fflush(nullptr);
  std::quick_exit(status);
}
term halt(process&, const term*) {
  leave(0);
}
term halt_with(process&, const term* a) {
  if (a[0] == "abort"_atom)
    std::abort();
  if (a[0].is_int64())
    leave(static_cast<int>(take_integer(a[0], 0, 0x7FFFFFFF) & 0xFF));
  if (!a[0].is_list())
    raise_badarg();
  std::fprintf(stderr, "%s\n", take_bytes(a[0]).c_str());
  leave(1);
}
term halt_options(process& self, const term* a) {
  for (const term& option : proper(a[1]))
    if (!option.is_tagged("flush"_atom, 2) || !option[1].is_bool())
      raise_badarg();
  return halt_with(self, a);
}

// What it measures.
/// A sum and what it grew by since it was asked for last.
term total_and_new(std::int64_t total, std::int64_t& last) {
  const std::int64_t grown = total - last;
  last = total;
  return tuple(total, grown);
}
term statistics(process& self, const term* a) {
  static std::mutex asking;
  static std::int64_t last_runtime = 0;
  static std::int64_t last_wall = 0;
  static std::int64_t last_reductions = 0;
  static const std::int64_t started = monotonic_nanoseconds();
  const std::lock_guard one(asking);
  if (a[0] == "runtime"_atom) {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto milliseconds = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
    return total_and_new(milliseconds(used.ru_utime) + milliseconds(used.ru_stime), last_runtime);
  }
  if (a[0] == "wall_clock"_atom)
    return total_and_new((monotonic_nanoseconds() - started) / 1'000'000, last_wall);
  if (a[0] == "reductions"_atom || a[0] == "exact_reductions"_atom)
    return total_and_new(static_cast<std::int64_t>(self.reductions()), last_reductions);
  if (a[0] == "run_queue"_atom || a[0] == "total_run_queue_lengths"_atom || a[0] == "total_active_tasks"_atom)
    return 0;
  if (a[0] == "garbage_collection"_atom)
    return tuple(0, 0, 0);  // terms are counted, not collected
  raise_badarg();
}

term collect(process&, const term*) {
  return true;
}
term collect_in(process& self, const term* a) {
  if (!a[0].is_pid())
    raise_badarg();
  return self.home().is_alive(a[0].as_pid());
}

term architecture() {
  utsname system{};
  uname(&system);
  return string(std::string(system.machine) + "-linux-gnu");
}
term system_info(process& self, const term* a) {
  const term& key = a[0];
  const auto cores = std::int64_t{std::max(1U, std::thread::hardware_concurrency())};
  if (key == "otp_release"_atom)  // whose functions these are
    return string("25");
  if (key == "version"_atom)
    return string(TWINSLOT_VERSION);
  if (key == "system_version"_atom)
    return string("twinslot " TWINSLOT_VERSION " [64-bit] [smp:" + std::to_string(cores) + "]\n");
  if (key == "machine"_atom)
    return string("TWINSLOT");
  if (key == "system_architecture"_atom)
    return architecture();
  if (key == "process_count"_atom)
    return self.home().processes().size();
  if (key == "atom_count"_atom)
    return atom_count();
  if (key == "port_count"_atom)
    return 0;
  if (key == "logical_processors"_atom || key == "logical_processors_online"_atom ||
      key == "logical_processors_available"_atom)
    return cores;
  if (key == "schedulers"_atom || key == "schedulers_online"_atom)
    return std::max<std::int64_t>(cores, 2);
  if (key == "wordsize"_atom ||
      (key.is_tagged("wordsize"_atom, 2) && (key[1] == "internal"_atom || key[1] == "external"_atom)))
    return sizeof(void*);
  if (key == "os_type"_atom)
    return tuple("unix", "linux");
  if (key == "endian"_atom)
    return std::endian::native == std::endian::little ? term("little") : term("big");
  if (key == "smp_support"_atom || key == "threads"_atom || key == "time_correction"_atom)
    return true;
  raise_badarg();
}

term display(process&, const term* a) {
  std::fprintf(stderr, "%s\n", to_text_w(a[0]).c_str());
  return true;
}
term yield(process&, const term*) {
  std::this_thread::yield();
  return true;
}
term bump_reductions(process&, const term* a) {
  take_integer(a[0], 0, INT64_MAX);
  return true;
}

constexpr native functions[] = {
    {erlang, "apply", 2, apply_fun, "apply(Fun, Args)", "Calls a fun with a list of arguments."},
    {erlang, "apply", 3, apply_function, "apply(Module, Function, Args)", "Calls a function with a list of arguments."},
    {erlang, "bump_reductions", 1, bump_reductions, "bump_reductions(Reductions)", "true; threads need no such hint."},
    {erlang, "display", 1, display, "display(Term)", "Writes a term to standard error, past the console."},
    {erlang, "fun_to_list", 1, fun_to_list, "fun_to_list(Fun)", "A fun as text."},
    {erlang, "function_exported", 3, function_exported, "function_exported(Module, Function, Arity)",
     "True if it can be called now."},
    {erlang, "garbage_collect", 0, collect, "garbage_collect()", "true; memory is given back at once anyhow."},
    {erlang, "garbage_collect", 1, collect_in, "garbage_collect(Pid)", "true, or false if the process has ended."},
    {erlang, "halt", 0, halt, "halt()", "Ends the program."},
    {erlang, "halt", 1, halt_with, "halt(Status)", "Ends the program with that exit status."},
    {erlang, "halt", 2, halt_options, "halt(Status, Options)", "Ends the program with that exit status."},
    {erlang, "is_alive", 0, is_alive, "is_alive()", "True if the node can be reached by others."},
    {erlang, "is_builtin", 3, is_builtin, "is_builtin(Module, Function, Arity)", "True for erlang's own functions."},
    {erlang, "list_to_pid", 1, list_to_pid, "list_to_pid(String)", "\"<0.90.0>\" as a pid."},
    {erlang, "list_to_port", 1, list_to_port, "list_to_port(String)", "\"#Port<0.5>\" as a port."},
    {erlang, "list_to_ref", 1, list_to_ref, "list_to_ref(String)", "\"#Ref<0.1.2.3>\" as a reference."},
    {erlang, "make_fun", 3, make_fun, "make_fun(Module, Function, Arity)", "fun Module:Function/Arity."},
    {erlang, "node", 0, node_name, "node()", "The name of this node."},
    {erlang, "node", 1, node_of, "node(PidPortOrRef)", "The name of the node where it was made."},
    {erlang, "nodes", 0, no_nodes, "nodes()", "The other nodes that are connected."},
    {erlang, "nodes", 1, nodes_of, "nodes(Kind)", "Nodes of a kind: this, visible, hidden, connected, known."},
    {erlang, "pid_to_list", 1, pid_to_list, "pid_to_list(Pid)", "A pid as text."},
    {erlang, "port_to_list", 1, port_to_list, "port_to_list(Port)", "A port as text."},
    {erlang, "ref_to_list", 1, ref_to_list, "ref_to_list(Ref)", "A reference as text."},
    {erlang, "statistics", 1, statistics, "statistics(Item)",
     "Of runtime, wall_clock, reductions: {Total, SinceLastCall}; of run_queue: a length."},
    {erlang, "system_info", 1, system_info, "system_info(Item)", "version, schedulers, process_count, atom_count ..."},
    {erlang, "yield", 0, yield, "yield()", "Lets others run; true."},
};
}  // namespace

std::span<const native> erlang_system() {
  return functions;
}
}  // namespace twinslot::library
