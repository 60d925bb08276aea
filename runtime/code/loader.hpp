// runtime/code/loader.hpp - from a file to a prepared version: everything that can fail, before anything changes.
//
//     ELF header, stamp and note -> trial run in a helper process -> private copy -> open -> descriptor -> prepared
//
// Each step has its own error term; the node's slots are not touched. Any thread; several at once are fine.
// Bytes that were opened before are known by their fingerprint: then the first two steps and the trial are not
// repeated. Source: design 3.2, facts on loading; C07-C10, C49.
#pragma once
#include "runtime/code/table.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace twinslot::code {

struct loader_options {
  std::string cache_directory{};  // private copies live here; empty: a fresh directory below the system's temporary one
  std::string probe{};            // the helper program; empty: found beside the executable or in its libexec folder
  std::chrono::milliseconds trial_deadline{5000};  // wall clock; the helper is killed after. Here for constructors, too
  std::uint64_t trial_memory_bytes = std::uint64_t{1} << 30;  // of the helper's address space; 0: as much as there is
  /// Thread-local objects with destructors keep a library mapped until the threads end that used them. False: such a
  /// file is refused. True: it is loaded, and a purge reports what stays mapped (table::still_mapped).
  bool accept_thread_local_destructors = false;
};

/// What a plugin file says of itself.
struct about {
  std::string module;
  term vsn;  // as version::vsn
  term md5;  // as version::md5
};

class loader {
public:
  loader(table& versions, const abi::host_table& host, loader_options options);
  ~loader();  // removes the cache directory if it made one
  /// Errors, all tuples that name the file as it was given; names in them are strings:
  ///   {nofile, Path}; {badfile, Path, Why} with Why one of empty, directory, not_regular, {unreadable, PosixAtom},
  ///   {too_large, Bytes, Limit}, not_elf, truncated, {wrong_machine, Found, Wanted}, {not_shared, Type}, {bad_elf,
  ///   What}, damaged, no_note, {bad_note, Why}, {module_name, Found}; {bad_abi, Path, Found, Wanted}; {missing_symbol,
  ///   Path, Name}; {missing_library, Path, Name}; {unloadable, Path, Why} - it would stay mapped: {unique_symbols,
  ///   [Name]}, nodelete, static_tls, thread_local_destructors; {outlives, [Name]} - it imports a function that has its
  ///   code called later, loaded or not; {trial_failed, Path, Why} - {exit, N}, {signal, Name},
  ///   {threw, Text}, timeout, {stayed_mapped, Why}, {threads_left, N}, processes_left, {open, Text}, {no_probe,
  ///   [Place]}; {open_failed, Path, Why} - in this process, though the trial went well: {threw, Text}, timeout - it
  ///   stays in memory, with the thread that runs it, {loader_held, File, Text} - no file can be opened any more,
  ///   {open, Text}; {bad_descriptor, Path, Why}; {copy_failed, Path, PosixAtom, Directory}.
  result<prepared> prepare(atom module, const std::string& path);
  /// As prepare, from a file's bytes; `origin` is the name that the version remembers and errors show.
  result<prepared> prepare_bytes(atom module, std::string bytes, const std::string& origin);
  /// MD5 of a file's plugin content without loading it: what `version::md5` would be (C33): over everything that is
  /// mapped, without build-id and debug information, so that the same source gives the same value, also from another
  /// directory (unless it uses __FILE__). Errors as prepare, up to {unloadable, ...}.
  result<term> md5_of(const std::string& path) const;
  /// Name, version and checksum of a file without loading it. Errors as md5_of.
  result<code::about> about(const std::string& path) const;
  result<code::about> about_bytes(std::string_view bytes) const;
  /// How many helper processes were started for trials; private copies lie here.
  std::uint64_t trial_count() const noexcept;
  std::string cache_directory() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};
}  // namespace twinslot::code
