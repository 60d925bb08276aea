// runtime/term/chardata.hpp - deep lists of characters and binaries as text. For runtime/term alone.
#pragma once
#include "runtime/term/term.hpp"

#include <string>

namespace twinslot {
enum class chars {
  bytes,    // numbers up to 255 and binaries; out come the bytes
  latin1,   // the same; out comes UTF-8 (~s)
  unicode,  // code points, and binaries of UTF-8, or of Latin-1 where they are none; out comes UTF-8 (~ts)
};
/// Appends to `out`. False where `data` is no such list or binary; `out` then holds what came before.
bool append_chardata(std::string& out, const term& data, chars from);
}  // namespace twinslot
