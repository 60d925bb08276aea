// runtime/code/apart.hpp - runs code of a plugin on a thread of its own, and waits no longer than allowed.
//
// For constructors, destructors and a plugin's entry: they may wait for ever, and what waits for them is the loader.
// Source: C++ has no way to stop a thread; so a call that does not return keeps its thread, and what it uses.
#pragma once
#include "runtime/term/term.hpp"

#include <chrono>
#include <functional>
#include <optional>

namespace twinslot::code {

/// Calls `body` on another thread and waits for its end; without a deadline (0), or if no thread is to be had, on this
/// one. Empty: it returned. Else {threw, Text}, the exception is destroyed; or timeout: it still runs, so everything
/// that `body` uses must stay for ever.
std::optional<term> run_apart(std::function<void()> body, std::chrono::milliseconds deadline);
}  // namespace twinslot::code
