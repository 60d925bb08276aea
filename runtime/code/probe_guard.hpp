// runtime/code/probe_guard.hpp - limits what a plugin on trial can take, and ends everything that it started.
//
// The helper is two processes. The child opens the plugin, under limits of memory, processor time, file size and
// processes. Its parent is the one to which the system gives the child's descendants when their own parents end, also
// those that made a session or a process group of their own. After the child's end, at the deadline, or if the node
// ends, the parent kills all of them.
// The limits are against accidents. The system does not count processes of the user root.
// Source: setrlimit(2), PR_SET_CHILD_SUBREAPER in prctl(2).
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>

namespace twinslot::code {

/// The exit status of a helper whose plugin left processes running, which is all that was wrong with it.
constexpr int processes_left_status = 3;

struct trial_limits {
  std::chrono::milliseconds deadline{0};  // wall clock; 0: none
  std::uint64_t memory_bytes = 0;         // of address space; 0: none
};

/// Goes on in the child. The parent never returns: it ends as the child did, or calls `at_deadline`, which must not
/// return. While the process has one thread.
void continue_guarded(const trial_limits& limits, const std::function<void()>& at_deadline);
}  // namespace twinslot::code
