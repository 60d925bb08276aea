// actors/tcp/output.hpp - what the system did not take yet, in order. One thread at a time.
#pragma once
#include "runtime/term/result.hpp"

#include <sys/uio.h>
#include <deque>
#include <string>
#include <string_view>

namespace twinslot::tcp {

/// Bytes that a term or a text keeps.
struct piece {
  term kept;  // a binary, or nil: `text`
  std::string text;
  std::size_t sent = 0;
  std::string_view rest() const noexcept {
    return (kept.is_nil() ? std::string_view(text) : kept.bytes()).substr(sent);
  }
};

class output {
public:
  bool empty() const noexcept { return pieces_.empty(); }
  std::size_t bytes() const noexcept { return bytes_; }
  void add(piece more);
  void clear() noexcept;
  /// What the system takes now. Errors: the errno's atom; then nothing more can be sent.
  result<std::size_t> write_to(int descriptor);

private:
  void drop(std::size_t count);
  std::deque<piece> pieces_;
  std::size_t bytes_ = 0;
};

/// Sends without waiting; 0: the system takes nothing now. Errors: posix atoms.
result<std::size_t> write_parts(int descriptor, iovec* parts, std::size_t count);
}  // namespace twinslot::tcp
