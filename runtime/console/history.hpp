// runtime/console/history.hpp - the last commands of a session and what came of them: v/1, e/1, h/0.
//
// Any thread. Source: H10; 20 of each are kept, as by Erlang's shell.
#pragma once
#include "runtime/term/term.hpp"

#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace twinslot::console {

class history {
public:
  struct command {
    std::int64_t number;
    std::string source;
    term expressions;  // [Expr]
    std::optional<term> result;
  };

  void add(command one) {
    std::lock_guard guard{mutex_};
    commands_.push_back(std::move(one));
    trim();
  }
  void set_result(std::int64_t number, term value) {
    std::lock_guard guard{mutex_};
    for (command& one : commands_)
      if (one.number == number)
        one.result = std::move(value);
    trim();
  }
  std::optional<command> find(std::int64_t number) const {
    std::lock_guard guard{mutex_};
    for (const command& one : commands_)
      if (one.number == number)
        return one;
    return std::nullopt;
  }
  std::deque<command> all() const {
    std::lock_guard guard{mutex_};
    return commands_;
  }
  /// Returns the former limit.
  std::int64_t keep_commands(std::int64_t count) { return set(commands_kept_, count); }
  std::int64_t keep_results(std::int64_t count) { return set(results_kept_, count); }

private:
  std::int64_t set(std::int64_t& limit, std::int64_t count) {
    std::lock_guard guard{mutex_};
    const std::int64_t former = std::exchange(limit, count);
    trim();
    return former;
  }
  void trim() {
    // One more than is kept is the command that runs now.
    while (static_cast<std::int64_t>(commands_.size()) > commands_kept_ + 1)
      commands_.pop_front();
    std::int64_t results = 0;
    for (auto it = commands_.rbegin(); it != commands_.rend(); ++it)
      if (it->result && ++results > results_kept_)
        it->result.reset();
  }

  mutable std::mutex mutex_;
  std::deque<command> commands_;
  std::int64_t commands_kept_ = 20;
  std::int64_t results_kept_ = 20;
};
}  // namespace twinslot::console
