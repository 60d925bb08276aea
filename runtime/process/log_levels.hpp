// runtime/process/log_levels.hpp - which reports of the logger are written: by their level, and by their module.
//
// As OTP's logger: the primary level holds for all, a module's own level takes its place for that module, and the
// handler's level holds for what either has let through. Any thread.
// Source: logger of OTP 25.
#pragma once
#include "runtime/term/term.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace twinslot {

class log_levels {
public:
  /// 0 is the gravest.
  static constexpr int none = -1, emergency = 0, notice = 5, debug = 7, all = 10;
  /// Of emergency ... debug, all, none; empty for anything else.
  static std::optional<int> of(atom name) noexcept;
  static atom name_of(int level) noexcept;

  /// Whether a report is written. `module`: '' where no module is known.
  bool allow(int level, atom module) const {
    return level <= handler_.load(std::memory_order_relaxed) && passes(level, module);
  }
  /// The same without the handler: what logger:allow/2 says.
  bool passes(int level, atom module) const {
    if (has_modules_.load(std::memory_order_relaxed))
      if (const auto own = of_module(module))
        return level <= *own;
    return level <= primary_.load(std::memory_order_relaxed);
  }

  int primary() const noexcept { return primary_.load(std::memory_order_relaxed); }
  void primary(int level) noexcept { primary_.store(level, std::memory_order_relaxed); }
  int handler() const noexcept { return handler_.load(std::memory_order_relaxed); }
  void handler(int level) noexcept { handler_.store(level, std::memory_order_relaxed); }

  std::optional<int> of_module(atom module) const;
  void set_module(atom module, int level);
  void unset_module(atom module);
  void unset_modules();
  /// By the modules' names.
  std::vector<std::pair<atom, int>> modules() const;

private:
  std::atomic<int> primary_{notice};
  std::atomic<int> handler_{all};
  std::atomic<bool> has_modules_{false};
  mutable std::mutex mutex_;
  std::map<std::string_view, std::pair<atom, int>> modules_;
};
}  // namespace twinslot
