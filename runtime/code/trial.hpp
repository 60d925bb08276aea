// runtime/code/trial.hpp - tries a plugin in a helper process, before the node opens it.
//
// Constructors run while a file is opened: one that crashes, throws, exits or hangs takes its process along. So a
// helper (probe.cpp) opens the file first, calls the entry with a table of harmless functions, checks the descriptor,
// closes everything and looks whether it left memory. 1-2 ms; a file that passed is known by its content.
// The helper has limits of memory, processor time and processes, and whatever the file starts ends with it
// (probe_guard.hpp).
//
// The helper's word comes over a pipe of its own and starts with a number that it was given: a plugin that prints, or
// ends the process with status 0, proves nothing.
#pragma once
#include "runtime/term/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::code {

class trial {
public:
  /// `probe`: path of the helper; empty: looked for when first needed. `memory_bytes`: of its address space.
  trial(std::string probe, std::chrono::milliseconds deadline, std::uint64_t memory_bytes);
  ~trial();
  struct candidate {
    std::string path;               // the private copy
    std::string module;             // its name in the note
    std::string content;            // fingerprint of all bytes
    bool thread_local_destructors;  // accepted: it may stay mapped after the trial
  };
  /// Only success is remembered: what failed may pass once a missing library is installed or the machine is idle.
  /// Errors: {missing_symbol, Name}; {missing_library, Name}; {bad_descriptor, Why}; {trial_failed, Why} with Why one
  /// of {exit, Status}, {signal, Name}, {threw, Text}, timeout, {stayed_mapped, Why}, {threads_left, Count},
  /// processes_left, {open, Text}, {no_probe, [Path]}, {probe, PosixAtom, Path}.
  result<void> run(const candidate& what);
  /// How many helpers were started.
  std::uint64_t started() const noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Where the helper may lie, first choice first: $TWINSLOT_PROBE; beside the executable; in its libexec folder; where
/// the build or the installation put it.
std::vector<std::string> probe_places();
}  // namespace twinslot::code
