// examples/demo/script.hpp - what a demo does, read from its text file: steps with an explanation and actions.
//
//     title A counter, upgraded while it counts     one line for the top of the screen
//     module counter                                whose slots are drawn
//     file ../../plugins/counter/counter_v1.cpp     copied into the console's directory; relative to the script
//     again cd plugins/counter && ../../run         how the reader does the same by hand
//     port 9000                                     there is a client's side to show, and it connects to this port
//
//     say Version 1 keeps its count as a number.    a step begins; more `say` lines go on with the sentence
//     type counter:start_link().                    typed into the console; goes on when the next prompt is there
//     prints Listening on                           waits until a process has printed a line with this
//     shows suspended                               waits until the picture has this in one of its lines
//     connect; send TEXT; receive TEXT; receive nothing; close     the client; \n in TEXT is the end of a line
//
// Lines that start with % are comments. Every wait has a limit, and a demo that runs into it fails.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::demo {

struct action {
  enum class kind { type, prints, shows, connect, send, receive, receive_nothing, close };
  kind what;
  std::string text;
};

struct step {
  std::string said;
  std::vector<action> actions;
};

struct source {
  std::string name;  // without directories
  std::string text;
};

struct script {
  std::string title;
  std::string module;
  std::string again;
  int port = 0;  // 0: there is no client
  std::vector<source> sources;
  std::vector<step> steps;
};

/// Errors: failure - no such file, none of a `file` line, or a line that is none of the above.
script read_script(const std::string& path);

/// Another program has the script's port: the number is another one wherever it stands, in the sources too.
void move_to_port(script& moved, int port);

/// The names of the demos in a directory, sorted: NAME for each NAME.demo.
std::vector<std::string> demos_in(const std::string& directory);

/// Errors: failure - it cannot be read.
std::string text_of(const std::string& path);
/// Every `from` is `to` then.
std::string replaced(std::string text, std::string_view from, std::string_view to);
/// "a line\n" with the two characters \n -> with a line's end.
std::string with_line_ends(std::string_view text);
/// The other way round, for the screen.
std::string without_line_ends(std::string_view text);
}  // namespace twinslot::demo
