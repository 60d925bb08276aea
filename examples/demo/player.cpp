#include "examples/demo/player.hpp"

#include "examples/demo/failure.hpp"
#include "examples/demo/layout.hpp"
#include "runtime/os/file.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace twinslot::demo {
namespace {
using namespace std::chrono_literals;

constexpr auto key_pause = 22ms;        // between typed characters: a quick typist
constexpr auto before_enter = 350ms;    // to read the command
constexpr auto least_reading = 2500ms;  // for a step's explanation ...
constexpr auto per_character = 40ms;    // ... and for each character of it
constexpr char ctrl_c = 3, ctrl_d = 4;

bool has(const std::vector<std::string>& lines, const std::string& text) {
  return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.find(text) != line.npos; });
}
}  // namespace

player::player(const script& played, const stage& where)
    : script_(played), stage_(where), console_(where.console, where.directory) {}

void player::play() {
  start_reporter();
  for (const step& one : script_.steps) {
    ++step_;
    try {
      play_step(one);
    } catch (const failure&) {
      if (!stage_.shown)
        print_step(one);  // how far it came
      throw;
    }
  }
  is_over_ = true;
  while (stage_.shown)
    turn(1h);  // until a key ends it
}

// Not shown: it belongs to the picture.
void player::start_reporter() {
  await("the console's first prompt", [&] { return console_.is_at_prompt(); });
  std::istringstream lines(replaced(stage_.reporter, "MODULE", script_.module));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '%')
      continue;
    const std::size_t row = console_.row();
    console_.type(line + "\r");
    await("a prompt after: " + line, [&] { return console_.row() > row && console_.is_at_prompt(); });
  }
  console_.begin_here();
  step_row_ = console_.row();
  ask_for_picture();
}

void player::play_step(const step& one) {
  const auto reading = std::max<std::chrono::milliseconds>(least_reading, per_character * one.said.size()) / 2;
  awaited_.clear();
  rest(reading);
  for (const action& each : one.actions)
    act(each);
  await("the processes to come to rest", [&] { return has_settled(); });
  if (!stage_.shown)
    print_step(one);
  take_press();  // it led through the actions only: what they came to is to be seen
  rest(reading);
  while (pauses_ && presses_ == 0)
    turn(1h);
  take_press();
}

void player::act(const action& one) {
  using enum action::kind;
  switch (one.what) {
    case type: this->type(one.text); break;
    case prints:
      awaited_.push_back(one.text);
      await("the console to show: " + one.text, [&] { return has(console_.lines(command_row_), one.text); });
      break;
    case shows:
      await("the picture to show: " + one.text, [&] {
        ask_for_picture();
        return has(picture_.lines(), one.text);
      });
      break;
    case connect: client_.connect(script_.port); break;
    case send: client_.send(one.text); break;
    case receive: this->receive(one.text); break;
    case receive_nothing:
      if (!client_.received().empty())
        throw failure("the client received what it should not: " + client_.received());
      break;
    case close: client_.close(); break;
  }
  ask_for_picture();
  rest(one.what == type ? 500ms : 900ms);
}

void player::type(const std::string& command) {
  await("a prompt", [&] { return console_.is_at_prompt(); });
  command_row_ = console_.row();
  for (const char byte : command) {
    console_.type({&byte, 1});
    rest(key_pause);
  }
  rest(before_enter);
  console_.type("\r");
  const std::size_t row = command_row_;
  await("an answer to: " + command, [&] { return console_.row() > row && console_.is_at_prompt(); });
}

void player::receive(const std::string& text) {
  await("the client to receive: " + without_line_ends(text), [&] {
    const std::string& come = client_.received();
    if (come.compare(0, text.size(), text, 0, come.size()) != 0)
      throw failure("the client received " + without_line_ends(come) + " instead of " + without_line_ends(text));
    return come.size() >= text.size();
  });
  client_.take(text.size());
}

void player::ask_for_picture() {
  const std::string number = std::to_string(++asked_);
  const std::string answer = os::join(stage_.directory, "told." + number);
  if (!os::replace_file(os::join(stage_.directory, "ask"), number))
    throw failure("cannot write into " + stage_.directory);
  const auto end = clock::now() + stage_.patience;
  while (!os::is_regular(answer)) {
    if (clock::now() > end)
      throw failure("the node does not report what is in its slots");
    turn(2ms);
  }
  const auto report = os::read_file(answer);
  if (!report)
    throw failure("cannot read the node's report");
  picture_ = read_report(report.value());
  static_cast<void>(static_cast<bool>(os::delete_file(answer)));
}

// Nobody runs, and a second look sees the same: a report is not taken at one instant.
bool player::has_settled() {
  const picture before = picture_;
  ask_for_picture();
  return picture_ == before && std::all_of(picture_.residents.begin(), picture_.residents.end(), [](const auto& one) {
           return one.status == "waiting" || one.status == "suspended";
         });
}

void player::await(const std::string& what, const std::function<bool()>& has_come) {
  const auto end = clock::now() + stage_.patience;
  while (!has_come()) {
    if (clock::now() > end)
      throw failure("waited in vain for " + what);
    turn(5ms);
  }
}

// For the person, who may press a key to go on.
void player::rest(std::chrono::milliseconds time) {
  if (!stage_.shown)
    return;
  const auto end = clock::now() + time;
  while (presses_ == 0 && clock::now() < end)
    turn(std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()));
}

// Waits until something comes, takes it in, and draws.
void player::turn(std::chrono::milliseconds at_most) {
  draw();
  pollfd all[] = {{console_.descriptor(), POLLIN, 0},
                  {client_.descriptor(), POLLIN, 0},
                  {stage_.shown ? STDIN_FILENO : -1, POLLIN, 0},
                  {stage_.shown ? stage_.shown->signals() : -1, POLLIN, 0}};
  if (poll(all, std::size(all), static_cast<int>(std::max<std::chrono::milliseconds>(at_most, 0ms).count())) <= 0)
    return;
  if (all[0].revents != 0)
    console_.read();
  if (all[1].revents != 0)
    client_.read();
  if (all[2].revents != 0)
    if (const auto key = stage_.shown->key())
      press(*key);
  if (all[3].revents != 0)
    stage_.shown->look_at_signals();
}

void player::press(char key) {
  if (key == 'q' || key == 'Q' || key == ctrl_c || key == ctrl_d || is_over_)
    throw leaving{};
  if (key == 'p' || key == 'P')
    pauses_ = !pauses_;
  if (key == ' ' || key == '\r' || key == '\n')
    ++presses_;
}

void player::take_press() {
  presses_ = std::max(presses_ - 1, 0);
}

void player::draw() {
  if (!stage_.shown)
    return;
  const std::string keys = is_over_  ? "This was all. Any key leaves."
                           : pauses_ ? "Space: go on   p: no more pauses   q: leave   (waits after each step)"
                                     : "Space: go on   p: pause after each step   q: leave";
  stage_.shown->draw(laid_out({.title = script_.title,
                               .progress = fmt::format("{} of {}", step_, script_.steps.size()),
                               .said = step_ > 0 ? script_.steps[step_ - 1].said : "",
                               .keys = keys,
                               .console = console_.lines(),
                               .slots = picture_,
                               .has_client = script_.port != 0,
                               .client = client_.lines()},
                              stage_.shown->columns(), stage_.shown->rows()));
}

// A process prints when it does, before an answer or after it; in the text its lines stand behind the answer.
void player::print_step(const step& one) {
  std::vector<std::string> lines = console_.lines(step_row_);
  lines.pop_back();  // the prompt
  step_row_ = console_.row();
  std::stable_partition(lines.begin(), lines.end(), [&](const std::string& line) {
    return std::none_of(awaited_.begin(), awaited_.end(), [&](const auto& text) { return line.find(text) == 0; });
  });
  std::string text = fmt::format("\n{}/{}  {}\n", step_, script_.steps.size(), one.said);
  for (const std::string& line : lines)
    text += "    " + line + "\n";
  const std::vector<std::string> client_lines = client_.lines();
  for (; client_printed_ < client_lines.size(); ++client_printed_)
    text += "  client: " + client_lines[client_printed_] + "\n";
  const std::vector<std::string> now = picture_.lines();
  if (now != picture_printed_)
    for (const std::string& line : now)
      text += "  | " + line + "\n";
  picture_printed_ = now;
  fmt::print("{}", text);
  std::fflush(stdout);
}
}  // namespace twinslot::demo
