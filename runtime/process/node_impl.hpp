// runtime/process/node_impl.hpp - what a node is made of. Internal to runtime/process.
#pragma once
#include "runtime/process/aliases.hpp"
#include "runtime/process/engine.hpp"
#include "runtime/process/log_levels.hpp"
#include "runtime/process/names.hpp"
#include "runtime/process/port_table.hpp"
#include "runtime/process/process_table.hpp"
#include "runtime/process/spare_threads.hpp"
#include "runtime/process/timers.hpp"

namespace twinslot {

/// A question to a process about itself (process_info), answered between two messages.
struct enquiry {
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;
  term answer;
};

struct node::impl : std::enable_shared_from_this<node::impl> {
  explicit impl(std::unique_ptr<twinslot::engine> on);

  node* owner = nullptr;
  std::unique_ptr<twinslot::engine> engine;
  process_table processes;
  names registry;
  alias_table aliases;
  port_table ports;
  std::vector<std::pair<atom, std::shared_ptr<void>>> keepsakes;
  timers clock;
  std::optional<code::table> versions;
  std::optional<code::loader> loader;
  pid group_leader;

  // Ending.
  std::atomic<std::size_t> process_count{0};  // made and not finished yet
  std::mutex ending_mutex;
  std::condition_variable process_gone;
  bool stopping = false;
  spare_threads threads;            // of blocking processes
  std::vector<std::string> stop();  // tells which processes did not end

  // Enquiries that processes have not answered yet.
  std::mutex enquiries_mutex;
  std::unordered_map<std::uint64_t, std::shared_ptr<enquiry>> enquiries;

  // Code.
  struct function_key {
    std::uint64_t module_and_name;
    std::size_t arity;
    friend bool operator==(const function_key&, const function_key&) = default;
  };
  struct function_hash {
    std::size_t operator()(const function_key& key) const noexcept {
      return (key.module_and_name ^ key.arity << 56) * 0x9E3779B97F4A7C15u >> 7;
    }
  };
  std::unordered_map<function_key, const native*, function_hash> natives;
  std::vector<std::pair<atom, std::vector<const native*>>> native_modules;  // in the order of adding
  term (*interpreter)(process&, const term&, const term*, std::size_t) = nullptr;
  bool (*autoload)(process&, atom) = nullptr;

  // Output.
  std::mutex output_mutex;
  std::function<void(std::string_view)> sink;
  log_levels levels;

  /// Never the same twice, in no node of the program. Requests have odd numbers, all else even ones: so a late reply
  /// can be told from an answer to somebody who made the From {Pid, Ref} by hand and looks for {Ref, Reply} in the
  /// mailbox.
  static std::uint64_t next_number() noexcept {
    if (numbers.next == numbers.end)
      numbers = take_numbers(1024);
    return 2 * numbers.next++;
  }
  static std::uint64_t next_request_number() noexcept { return next_number() + 1; }
  /// The first of `count`, each 2 more than the one before.
  static std::uint64_t next_request_numbers(std::size_t count) noexcept { return 2 * take_numbers(count).next + 1; }
  /// References, timers, enquiries: a thread takes many at a time, as all would write to one line of the cache else.
  struct number_range {
    std::uint64_t next = 0, end = 0;
  };
  static number_range take_numbers(std::uint64_t count) noexcept;
  static constinit thread_local number_range numbers;
  /// A pin on the module's current version, which may be loaded for it (C12). Empty: there is none.
  code::pin pin_for_call(process& self, atom module);
  term call_plugin_fun(process& self, const term& fun, const term* arguments, std::size_t count);
  /// Delivers a signal, or answers in the place of a process that is not there: a link with noproc, a monitor with
  /// DOWN noproc, and so on.
  void post(pid to, signal_ptr sent);
  void send_by_alias(reference to, pid from, term message);
  /// The message was taken by its receiver, or is thrown away: its port is told.
  void message_gone(const signal& gone);
  /// What a dead process would answer.
  void bounce(pid dead, signal& sent);
  /// The process behind a pid or name; empty where there is none. Raises badarg: no pid, no name.
  std::optional<pid> resolve(const term& to);
  /// A process in the table, with its name, that does not run yet. Raises already_started, badarg, system_limit.
  process_ref make(bool blocking, const spawn_options& how);
  bool answer(const term& from, signal::kind how, term value);
  /// The last that a process does: the node may be gone afterwards.
  void process_finished() noexcept;
  void fire(timers::timer due);
  void answer_enquiry(std::uint64_t number, term answer);
};

abi::host_table make_host_table();
/// twinslot:print/2.
std::span<const native> own_natives();
/// The version that it runs or whose state it has; null: code of the program itself. To be looked into only in the
/// process's own thread.
code::version* version_of(process::impl& who);
/// In its own thread. `weighs`: its memory, too, which takes a walk through all that it has.
term process_info_of(process::impl& who, bool weighs);
// Calls into plugins.
inline abi::env* env_of(process& self) noexcept {
  return reinterpret_cast<abi::env*>(&self);
}
/// Never null, also where there is no argument.
inline const raw_term* raw_of(const term* arguments) noexcept {
  static const raw_term none = term::bits(kind::nil);
  return arguments ? &arguments->raw() : &none;
}
/// As process::impl::current_function has it.
inline std::uint64_t pack(atom module, atom function) noexcept {
  return std::uint64_t{module.index()} << 32 | function.index();
}
/// What a function of a plugin came back with: its result, or raises.
term returned(process& self, abi::status status, const raw_term& bits, atom module, atom function,
              const term* arguments, std::size_t count);
/// {error, Reason} with the stack entry {Module, Function, Arguments, []}.
[[noreturn]] void raise_at(term reason, atom module, atom function, const term* arguments, std::size_t count);
/// What a plugin came back with, {Class, Reason, Stack}.
[[noreturn]] void raise_thrown(const term& thrown);
/// In a catch block: what the process dies of; reports a crash (P11).
term exit_reason_now(process& self);
void report_crash(process& self, const term& reason);
}  // namespace twinslot
