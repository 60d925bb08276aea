// tests/both_ends/transcript.hpp - a session at two terminals, as a person would see it: the console's on the left, on
// the right, behind 30 blanks or more and a bar, its client's, which is `nc`.
//
//     2> tcp_demo:start_link().
//     <0.89.0>
//     Listening on 9000...
//                                                 | $ nc localhost 9000
//     V1 (Echo) Started.
//                                                 | > hello          sends a line; `> he\c` the start of one
//                                                 | < hello          receives it; `< he\c` likewise
//                                                 | (nothing)        nothing has come
//                                                 | ^D               has no more to send;  ^C leaves
//                                                 | (closed)         the server has left
//
// A second `nc` gets a bar with a name: |2.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace both_ends {

struct event {
  enum class kind { typed, printed, connects, sends, receives, receives_nothing, ends_input, leaves, is_left };
  kind what;
  std::string text;    // typed: without the prompt; sends, receives: the bytes; connects: the port
  std::string client;  // nc, and the name behind the bar; else empty
  std::string line;    // as it stands there
};

/// Errors: failure - a client's line that is none of those above.
std::vector<event> read_transcript(const std::string& path);

/// Without prompts, also those before what a process printed while the console waited, and without blanks at the end.
std::string without_prompt(const std::string& line);

/// Numbers that stand for others: each occurrence of `from` as a whole number becomes `to`.
std::string with_number(const std::string& text, const std::string& from, const std::string& to);
}  // namespace both_ends
