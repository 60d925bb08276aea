// examples/demo/player.hpp - plays a script on a real console: for a person on a screen, or as text.
#pragma once
#include "examples/demo/client.hpp"
#include "examples/demo/hosted_console.hpp"
#include "examples/demo/picture.hpp"
#include "examples/demo/screen.hpp"
#include "examples/demo/script.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace twinslot::demo {

struct stage {
  std::string console;            // the program
  std::string directory;          // the console's own, with the script's files in it
  std::string reporter;           // what is typed first: reporter.txt
  std::chrono::seconds patience;  // for whatever has to come, a compilation too
  screen* shown = nullptr;        // null: the steps are printed one after the other, as fast as they go
};

class player {
public:
  player(const script& played, const stage& where);
  /// To the end. Throws failure, leaving.
  void play();

private:
  using clock = std::chrono::steady_clock;

  void start_reporter();
  void play_step(const step& one);
  void act(const action& one);
  void type(const std::string& command);
  void await_prompt(std::size_t after_row);
  void receive(const std::string& text);
  void ask_for_picture();
  bool has_settled();
  void await(const std::string& what, const std::function<bool()>& has_come);
  void rest(std::chrono::milliseconds time);
  void turn(std::chrono::milliseconds at_most);
  void press(char key);
  void take_press();
  void draw();
  void print_step(const step& one);

  const script& script_;
  const stage& stage_;
  hosted_console console_;
  client client_;
  picture picture_;
  int asked_ = 0;
  std::size_t step_ = 0;
  std::size_t step_row_ = 0;        // where the step's part of the transcript begins
  std::size_t command_row_ = 0;     // and the last command's
  std::size_t client_printed_ = 0;  // lines
  std::vector<std::string> picture_printed_;
  std::vector<std::string> awaited_;  // what processes print in this step
  int presses_ = 0;                   // of Space: through a step's actions, then on to the next step
  bool pauses_ = false;
  bool is_over_ = false;
};
}  // namespace twinslot::demo
