// runtime/sdk/twinslot/abi.hpp - the door between host and plugin: C structs, appended to, never changed.
//
//     host                                          plugin
//     reads the ELF note, opens the file
//     calls twinslot_module(&host_table)   ->       keeps the table, returns its module_info
//     calls functions and callbacks        ->       shims catch every exception and return a status
//     apply, make_cell, ...                <-       whatever the plugin wants of the node
//
// Ownership: a raw_term argument is borrowed for the call; a raw_term that comes back (return value or out
// parameter) belongs to the receiver, also after a status other than ok.
// Threads: a callback runs in one process at a time; `env` is that process and valid during the call only.
// Growing: new members go to the end; `bytes` says how many the other side has. Removing or reordering one
// makes a new `version`.
#pragma once
#include "runtime/term/cell.hpp"

namespace twinslot::abi {

inline constexpr std::uint32_t version = 1;
inline constexpr std::uint32_t sdk_minor = 0;

/// The executing process, opaque to plugins.
struct env;
struct module_info;

enum class status : std::int32_t {
  ok = 0,
  raised = 1,     // the out term is {Class, Reason, Stack}: error, exit or throw
  no_clause = 2,  // no clause takes the argument; the out term is untouched
  waits = 3,      // a server's callback is a coroutine: outcome::handler is its frame, which has not begun to run
};

/// What the host offers. The first part serves `twinslot::host` (cell.hpp) in plugins.
struct host_table {
  std::uint32_t version;
  std::uint32_t bytes;
  cell* (*make_cell)(kind what, std::uint64_t size, std::size_t bytes);
  void (*free_cell)(cell* dead);
  std::uint32_t (*atom_index)(const char* text, std::size_t bytes);
  const char* (*atom_text)(std::uint32_t index, std::size_t* bytes);
  int (*compare)(const raw_term* a, const raw_term* b, int exact);
  std::uint64_t (*hash)(const raw_term* value);
  const raw_term* (*map_get)(const raw_term* map, const raw_term* key);
  void (*map_with)(const raw_term* map, const raw_term* key, const raw_term* value, raw_term* result);
  void (*map_empty)(raw_term* result);
  void (*map_to_list)(const raw_term* map, raw_term* result);
  void (*print)(const raw_term* value, int how, raw_term* result);
  // The executing process.
  /// Pid of the process.
  void (*self)(env* process, raw_term* result);
  /// Module:Function(Args...): a built-in or another module's current version. Everything that has no entry of its
  /// own here (gen_server:call/3, erlang:send/2, io:format/2, sys:get_state/1 ...) goes this way.
  /// May block where the process may; ends with `raised` when the process is to die: the plugin unwinds.
  status (*apply)(env* process, std::uint32_t module, std::uint32_t function, const raw_term* arguments,
                  std::size_t count, raw_term* result);
  /// A local fun over the function of this version with arity + count arguments, the first `count` of them given. It
  /// calls this version wherever it goes, and keeps it in memory.
  status (*make_fun)(env* process, const module_info* of, std::uint32_t function, std::uint32_t arity,
                     const raw_term* given, std::size_t count, raw_term* result);
  /// erlang:send/2 to a pid, as `apply`, but quicker. The message is the host's from then on, whatever the status.
  status (*send)(env* process, const raw_term* pid, raw_term message, raw_term* result);
  /// Memory for a coroutine's frame, aligned as operator new's; null: there is none. Any thread gives it back, with the
  /// same number of bytes.
  void* (*take_memory)(std::size_t bytes);
  void (*give_memory)(void* memory, std::size_t bytes);
};

/// A coroutine that has not ended, opaque to the host: the stack of a process that runs in the module.
struct frame;
struct outcome;

/// Where a coroutine stopped.
enum class step : std::uint32_t {
  receive,    // waits for a message that `offer` takes, or for timeout_ms
  request,    // waits for the answer to `value`, {Server, Label, Request}, or for timeout_ms
  yield,      // waits for its turn
  done,       // has ended; `value`
  local,      // has ended and goes on in `function` of this version
  qualified,  // the same, of the current version
  raised,     // has ended with `value`, {Class, Reason, Stack}
};
struct activity {
  step what;
  std::uint32_t count;      // local, qualified: how many arguments; receive: 0 if no message is wanted, 2 if requests
                            // of sys are, too
  std::int64_t timeout_ms;  // receive, request; -1: for ever
  const char* function;     // local, qualified: a literal of the module
  raw_term* arguments;      // local, qualified: in the frame; each belongs to the host now
  raw_term value;           // request, done, raised; else nil
};
/// Why a coroutine goes on.
enum class wake : std::uint32_t { turn, timeout, answer, refusal };

/// What a host does with the module's frames. One thread at a time, in the process that started the frame.
struct frames {
  std::uint32_t bytes;
  std::uint32_t spare;
  /// Runs it up to its next stop. `value`: with answer and refusal, the reply or the reason.
  void (*resume)(frame* stopped, wake why, const raw_term* value, activity* stop);
  /// While it waits in `receive`: 1 if a clause took the message; then it ran on, as in `resume`.
  int (*offer)(frame* stopped, const raw_term* message, activity* stop);
  /// Ends it where it is: its destructors run.
  status (*destroy)(frame* stopped, raw_term* result);
  /// A server's handler that is `done`: what it decided, as if its callback had returned it; after init the new state.
  /// `destroy` comes next.
  status (*decide)(frame* ended, void** state, outcome* decided, raw_term* result);
};

/// A function of the module, callable as Module:Name/Arity. Exactly one of `call` and `start` is there.
struct exported {
  const char* name;
  std::uint32_t arity;
  void* data;  // passed back
  status (*call)(void* data, env* process, const raw_term* arguments, raw_term* result);
  const char* doc;  // one line or null
  /// A coroutine's frame for these arguments; it has not begun to run, and belongs to the caller.
  status (*start)(void* data, env* process, const raw_term* arguments, frame** made, raw_term* result);
};

/// What a gen_server callback decided. The host hands over an outcome of noreply, wait and [] thrice.
enum class action : std::uint32_t { noreply, reply, stop, stop_reply, ignore };
enum class then : std::uint32_t { wait, timeout, hibernate, continue_ };
struct outcome {
  action what;
  then next;
  std::int64_t timeout_ms;  // with then::timeout
  raw_term reply;           // with reply, stop_reply
  raw_term reason;          // with stop, stop_reply
  raw_term argument;        // with then::continue_
  frame* handler;           // with status::waits, belongs to the host; nothing else counts then
};

/// A gen_server's callbacks. `state` is the module's native state; only these functions know what is in it.
/// `result` receives {Class, Reason, Stack} after `raised`.
struct server {
  std::uint32_t bytes;
  std::uint32_t spare;
  void* data;              // passed back to each callback
  const char* registered;  // name that start_link/0 registers, or null
  std::uint64_t layout;    // fingerprint of the state's type: equal means the object can be adopted as it is
  /// The state's schema: {Record, [{Field, Type, Default}]}; Record is '' for a state that is no record.
  void (*schema)(void* data, raw_term* result);
  status (*init)(void* data, env* process, const raw_term* arguments, void** state, outcome* decided, raw_term* result);
  status (*handle_call)(void* data, env* process, void* state, const raw_term* request, const raw_term* from,
                        outcome* decided, raw_term* result);
  status (*handle_cast)(void* data, env* process, void* state, const raw_term* message, outcome* decided,
                        raw_term* result);
  status (*handle_info)(void* data, env* process, void* state, const raw_term* message, outcome* decided,
                        raw_term* result);  // null: the module has no info clause
  status (*handle_continue)(void* data, env* process, void* state, const raw_term* argument, outcome* decided,
                            raw_term* result);                                                           // null: none
  status (*terminate)(void* data, env* process, void* state, const raw_term* reason, raw_term* result);  // null: none
  /// The state as a term, and a new state from one ({bad_state, Term, Why} where it does not fit).
  status (*export_state)(void* data, const void* state, raw_term* result);
  status (*import_state)(void* data, const raw_term* value, void** state, raw_term* result);
  void (*destroy_state)(void* data, void* state);
  /// 1 if a clause for this old version (a term) exists.
  int (*has_code_change)(void* data, const raw_term* old_vsn);
  /// A new state of this version from the term of an older one. no_clause: no clause for that version.
  status (*code_change)(void* data, env* process, const raw_term* old_vsn, const raw_term* old_state,
                        const raw_term* extra, void** state, raw_term* result);
  /// The term that version `to_vsn` understands, from a term of this version's state. no_clause: no clause.
  status (*code_change_down)(void* data, env* process, const raw_term* to_vsn, const raw_term* own_state,
                             const raw_term* extra, raw_term* result);
  /// What get_status and error reports show in place of the state; null: the state.
  status (*format_status)(void* data, const raw_term* state, raw_term* result);
};

/// A loaded module. Lives in the plugin until `close`.
struct module_info {
  std::uint32_t version;
  std::uint32_t bytes;
  const char* name;
  const char* vsn;  // text; null: derived from the content
  const char* doc;  // or null
  void* data;       // passed back to on_load and close
  std::uint32_t function_count;
  std::uint32_t spare;
  const exported* functions;
  const server* behaviour;  // null: no gen_server
  /// Runs in a process of its own before the version becomes current; anything but the atom ok refuses the load.
  status (*on_load)(void* data, env* process, raw_term* result);  // null: none
  /// The last call into the plugin: gives back what it still holds. Never throws.
  void (*close)(void* data);
  const frames* routines;  // null: no function of the module is a coroutine
};

/// The one symbol that a plugin exports. Null: the host's table is too short for this SDK.
inline constexpr const char* entry_symbol = "twinslot_module";
using entry = const module_info* (*)(const host_table*);

/// The note that a loader reads before it opens the file: section .note.twinslot, owner "twinslot", type 1.
/// desc, little endian: u32 abi | u32 sdk_minor | u32 name_bytes | u32 vsn_bytes | name | vsn, both NUL-padded to 4.
inline constexpr const char* note_section = ".note.twinslot";
inline constexpr const char* note_owner = "twinslot";
inline constexpr std::uint32_t note_type = 1;

/// Beside it a note of type 2 with 16 bytes, the stamp: a checksum of what is mapped of the file; a loader knows a
/// damaged one by it, unopened. As compiled it is a text that says so, and the file is loaded as it is; after the link
/// `twinslot-probe --stamp FILE` writes the checksum there (runtime/code/stamp.hpp).
inline constexpr std::uint32_t stamp_type = 2;
inline constexpr char not_stamped[] = "not stamped yet.";
}  // namespace twinslot::abi
