// runtime/os/posix.hpp - the system's error numbers and signals as Erlang names them, and a descriptor that closes.
#pragma once
#include "runtime/term/result.hpp"

#include <utility>

namespace twinslot::os {

/// ENOENT -> enoent. A number that the C library has no name for: unknown.
atom posix_atom(int error_number);
/// The calling thread's errno as a reason.
error last_error();
/// SIGSEGV -> sigsegv. A number without a name: unknown.
atom signal_atom(int signal_number);

/// A file descriptor with one owner.
class descriptor {
public:
  descriptor() noexcept = default;
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() { close(); }
  explicit operator bool() const noexcept { return number_ >= 0; }
  int get() const noexcept { return number_; }
  /// To another owner.
  int release() noexcept { return std::exchange(number_, -1); }
  void close() noexcept;

private:
  int number_ = -1;
};
}  // namespace twinslot::os
