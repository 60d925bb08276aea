// runtime/console/library/format_pieces.hpp - io_lib:format's result as OTP builds it: characters of the format as they
// are, what ~p ~w ~s make as strings inside the list.
#pragma once
#include "runtime/term/term.hpp"

#include <string>
#include <string_view>

namespace twinslot::library {
/// A format as UTF-8: a string, an atom or a binary. badarg on anything else.
std::string take_format(const term& format);
/// Raises badarg where format and arguments don't fit.
term format_pieces(std::string_view format, const term& arguments);
}  // namespace twinslot::library
