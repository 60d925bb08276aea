// runtime/code/loader.hpp - from a file to a prepared version: everything that can fail, before anything changes.
//
//     note and ELF header -> trial run in a helper process -> private copy -> open -> descriptor -> prepared
//
// Each step has its own error term; the node's slots are not touched. Any thread; several at once are fine.
// Source: design 3.2, facts on loading; C07-C10, C49.
#pragma once
#include "runtime/code/table.hpp"

#include <chrono>
#include <string>

namespace twinslot::code {

struct loader_options {
  std::string cache_directory;  // private copies live here; empty: a fresh directory below the system's temporary one
  std::string probe;            // the helper program; empty: found beside the executable or in its libexec folder
  std::chrono::milliseconds trial_deadline{5000};
};

class loader {
public:
  loader(table& versions, const abi::host_table& host, loader_options options);
  ~loader();  // removes the cache directory if it made one
  /// Errors (all are tuples that name the file):
  ///   {nofile, Path}; {badfile, Path, Why} with Why one of empty, directory, not_regular, unreadable, not_elf,
  ///   truncated, {wrong_machine, Found, Wanted}, no_note, {module_name, Found}, {bad_note, Why}; {bad_abi, Path,
  ///   Found, Wanted}; {missing_symbol, Path, Name}; {missing_library, Path, Name}; {unloadable, Path, Why} - it would
  ///   stay mapped for ever (unique symbols, nodelete, static TLS ...); {trial_failed, Path, Why} - exited with {exit,
  ///   N}, {signal, Name}, timeout, {stayed_mapped, Why}, {open, Text}; {bad_descriptor, Path, Why}.
  result<prepared> prepare(atom module, const std::string& path);
  /// MD5 of a file's plugin content without loading it: what `version::md5` would be. Errors as prepare.
  result<term> md5_of(const std::string& path) const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};
}  // namespace twinslot::code
