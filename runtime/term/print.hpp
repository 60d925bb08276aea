// runtime/term/print.hpp - terms as text: what io:format's ~w and ~p write, and what the shell shows.
#pragma once
#include "runtime/term/term.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace twinslot {

/// As `~w`: no line breaks, strings as lists of numbers.
std::string to_text_w(const term& value);

/// Names of a record's fields, by the index of its name's atom and the number of its fields.
using record_fields = std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<atom>>;

struct print_layout {
  int width = 80;                  // columns of a line, as ~80p; 0: all on one line
  int column = 0;                  // where the first character stands: continuation lines are indented to it
  int depth = -1;                  // deeper parts become `...`, as ~P; -1: no limit
  int line_characters = -1;        // of a line, without its indentation; -1: no limit
  bool strings = true;             // [97,98,99] as "abc" where every element is printable
  bool unicode = false;            // as ~tp: atoms beyond Latin-1 as they are, binaries of UTF-8 as text
  bool printable_unicode = false;  // as erl +pc unicode: code points above 255 count as printable
  /// Tuples that are one of these are shown as records: #state{count = 1}
  const record_fields* records = nullptr;
};
/// As `~p`: broken into lines as Erlang's io_lib:pretty does. Parts nested deeper than 1,000 levels are not broken.
std::string to_text_p(const term& value, print_layout layout = {});

/// How OTP 25's shell shows a value whose first character stands at `column` of a terminal `width` wide.
inline print_layout shell_layout(int width = 80, int column = 0) noexcept {
  return {.width = width, .column = column, .depth = 30, .line_characters = 60, .unicode = true};
}

/// An atom as source text: 'quoted' where its spelling needs it.
std::string quoted(atom name);

/// io_lib:format/2: format is Erlang's (~p ~w ~s ~ts ~tp ~B ~b ~c ~e ~f ~g ~n ~i ~P ~W ~+ ~x ~# with F.P.Pad).
/// Raises error badarg where format and arguments don't fit. UTF-8 out.
std::string format(std::string_view format, const term& arguments, int column = 0);

/// Text of a string, atom-free iodata or chardata term as UTF-8 (code points) - what ~ts writes.
/// False where the term is no chardata.
bool chardata_to_utf8(const term& data, std::string& out);
/// iodata to bytes. False where the term is no iodata.
bool iodata_to_bytes(const term& data, std::string& out);
}  // namespace twinslot
