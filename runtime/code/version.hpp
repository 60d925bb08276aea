// runtime/code/version.hpp - one loaded instance of a module, and who still needs it.
//
// Two ways to need a version:
//   a *pin* counts frames: somebody executes in it now (an exported function, a load hook). Held as a code::pin.
//   a *bind* is a native state with this version's layout, of a process. The process calls into the version without a
//   pin: only the process itself ends the bind, between two messages. (A handler of it that waits has a pin within the
//   bind, so that it counts as a frame.) Held as a code::binding. A process may hold several of one version: its state
//   and a state computed aside each own one, and none of them can give back another's. A bind starts while the version
//   is pinned, or bound by the caller: so nothing new can come to a version that no process needs and no slot shows.
// A version leaves memory when it is in no slot, has no pin and no bind.
//
// Version objects are recycled by their table and never freed before it (table.hpp says why). So a stale pointer may be
// compared and its pins counted; what else it says is for whoever holds a pin or bind, and for the code server, which
// alone takes versions out of the slots.
// Source: design 3.3; C20-C22.
#pragma once
#include "runtime/os/assert.hpp"
#include "runtime/sdk/twinslot/abi.hpp"
#include "runtime/term/term.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace twinslot {
struct fun_keeper;
}
namespace twinslot::code {
class library;  // library.hpp: the open file, its private copy

/// Which processes are bound, how often and since when. Any thread; in parts, so that processes which bind side by side
/// seldom meet.
class binds {
public:
  using time = std::chrono::steady_clock::time_point;
  void add(std::uint64_t process);
  void remove(std::uint64_t process);  // one of those that were added
  std::optional<time> since(std::uint64_t process) const;
  std::vector<pid> all() const;
  /// Looks at one part after the other: what moves meanwhile may be missed.
  bool none() const;

private:
  struct alignas(64) part {
    mutable std::mutex mutex;
    struct entry {
      time since;
      std::uint32_t count;
    };
    std::unordered_map<std::uint64_t, entry> by_process;
  };
  part& of(std::uint64_t process) const noexcept { return parts_[process % part_count]; }
  static constexpr std::size_t part_count = 32;
  const std::unique_ptr<part[]> parts_ = std::make_unique<part[]>(part_count);
};

/// What a version is made of. `file` is empty for a module that is part of the program; `info` must outlive it.
struct image {
  atom module;
  const abi::module_info* info = nullptr;
  term vsn;
  term md5;
  std::string origin;
  std::unique_ptr<library> file;

  image(atom name, const abi::module_info& described);
  image(image&&) noexcept;
  ~image();
};

class alignas(64) version {
public:
  version();
  ~version();
  version(const version&) = delete;
  version& operator=(const version&) = delete;

  atom module() const noexcept { return module_; }
  /// The author's version as an Erlang string, or an integer from the checksum where there is none (C34).
  const term& vsn() const noexcept { return vsn_; }
  /// 16 bytes over what is loaded (C33).
  const term& md5() const noexcept { return md5_; }
  /// Where the code came from: the file's path as given to the loader.
  const std::string& origin() const noexcept { return origin_; }
  const abi::module_info& info() const noexcept { return *info_; }
  /// Null: the module is no gen_server.
  const abi::server* server() const noexcept { return info_->behaviour; }
  /// Null: no such function.
  const abi::exported* find(atom name, std::size_t arity) const noexcept;

  /// A bind of `process`, which its owner holds. Any thread that pins the version or owns a bind of it.
  class binding bind(pid process);
  /// For a process that is bound to it: a pin for a frame of its own, given back before the bind ends. So whoever finds
  /// no pin, and then no bind, is still right.
  class pin pin_bound() noexcept;
  /// In the order of their numbers.
  std::vector<pid> bound() const;
  /// A local fun over the function, with the first arguments given: it calls this very version, wherever it goes, and
  /// the version stays in memory as long as the fun is anywhere (L06, W15). For who executes in the version.
  term make_fun(atom name, std::uint64_t arity, term given);
  /// How many there are.
  std::uint64_t fun_count() const;
  /// Threads of its own: started by its code, and still in it.
  std::uint64_t thread_count() const noexcept;
  /// Since when the process is bound without a break; empty: it is not.
  std::optional<std::chrono::steady_clock::time_point> bound_since(pid process) const;
  std::uint64_t pin_count() const noexcept { return pins_.load(std::memory_order_seq_cst); }

private:
  friend class table;
  friend class pin;
  friend class binding;
  void become(image made);
  /// The last call into the plugin, then its file. Empty: nothing is left of it in memory. Else why it is.
  std::optional<term> close();
  enum class need { nothing, funs, code };  // funs: or threads of its own
  need needed() const;

  atom module_;
  term vsn_, md5_;
  std::string origin_;
  const abi::module_info* info_ = nullptr;
  std::unique_ptr<library> library_;
  std::unordered_map<std::uint64_t, const abi::exported*> functions_;  // by atom index << 8 | arity
  // On a line of its own: who counts here does not slow down who reads there. Never reset: a reader that comes late may
  // be counted for a moment in what became another version.
  alignas(64) std::atomic<std::uint64_t> pins_{0};
  std::atomic<std::uint64_t> births_{0};  // binds, funs, and calls of funs: each counts here before it counts there
  mutable std::mutex funs_mutex_;
  fun_keeper* funs_ = nullptr;  // made by the first fun
  binds binds_;
};

/// Keeps a version's code in memory while it lives. Movable; given back by any thread.
class pin {
public:
  pin() noexcept = default;
  pin(pin&& other) noexcept : version_(std::exchange(other.version_, nullptr)) {}
  pin& operator=(pin&& other) noexcept {
    std::swap(version_, other.version_);
    return *this;
  }
  ~pin() { release(); }
  explicit operator bool() const noexcept { return version_ != nullptr; }
  version* operator->() const noexcept { return version_; }
  version* get() const noexcept { return version_; }
  void release() noexcept {
    if (auto* held = std::exchange(version_, nullptr))
      TWINSLOT_ASSERT(held->pins_.fetch_sub(1, std::memory_order_seq_cst) > 0);
  }

private:
  friend class table;
  friend class version;
  explicit pin(version* counted) noexcept : version_(counted) {}
  version* version_ = nullptr;
};

/// One bind: keeps a version's code in memory for a native state of a process. Move-only; given back when it is
/// released or destroyed, by the process that it is of. `get` is for any thread; one thread at a time does all else, so
/// that its writes need no exchange.
class binding {
public:
  binding() noexcept = default;
  binding(binding&& other) noexcept : version_(other.taken()), process_(other.process_) {}
  binding& operator=(binding&& other) noexcept {
    if (this != &other) {
      version* const former = version_.load(std::memory_order_relaxed);
      version_.store(other.taken(), std::memory_order_release);
      const std::uint64_t process = std::exchange(process_, other.process_);
      if (former)
        give_back(*former, process);
    }
    return *this;
  }
  ~binding() { release(); }
  explicit operator bool() const noexcept { return get() != nullptr; }
  version* operator->() const noexcept { return get(); }
  version* get() const noexcept { return version_.load(std::memory_order_acquire); }
  void release() noexcept {
    if (version* const former = taken())
      give_back(*former, process_);
  }

private:
  friend class version;
  binding(version* bound, std::uint64_t process) noexcept : version_(bound), process_(process) {}
  version* taken() noexcept {
    version* const former = version_.load(std::memory_order_relaxed);
    version_.store(nullptr, std::memory_order_release);
    return former;
  }
  static void give_back(version& from, std::uint64_t process) noexcept;
  std::atomic<version*> version_{nullptr};
  std::uint64_t process_ = 0;
};

inline pin version::pin_bound() noexcept {
  pins_.fetch_add(1, std::memory_order_seq_cst);
  return pin(this);
}
}  // namespace twinslot::code
