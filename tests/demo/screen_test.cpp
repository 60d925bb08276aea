// tests/demo/screen_test.cpp - a guided run as a person sees it: on a terminal, with keys.
#include "tests/catch.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

using namespace std::chrono_literals;

namespace {
const char* const to_the_other_page = "\x1b[?1049h";
const char* const back_from_the_other_page = "\x1b[?1049l";

// The demo of the counter on a terminal of this size.
class seat {
public:
  seat(unsigned short columns, unsigned short rows) {
    REQUIRE(mkdtemp(directory_));
    const winsize size{rows, columns, 0, 0};
    REQUIRE(openpty(&master_, &slave_, nullptr, nullptr, &size) == 0);
    REQUIRE(tcgetattr(slave_, &before_) == 0);
    child_ = fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0)
      become_demo();
  }
  ~seat() {
    if (child_ > 0) {
      kill(child_, SIGTERM);
      waitpid(child_, nullptr, 0);
    }
    close(master_);
    close(slave_);
    std::filesystem::remove_all(directory_);
  }
  seat(const seat&) = delete;

  void type(std::string_view keys) { REQUIRE(write(master_, keys.data(), keys.size()) == ssize_t(keys.size())); }
  /// Waits until this was drawn after what was waited for before.
  void sees(const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + 120s;
    while (shown_.find(text, seen_) == shown_.npos && std::chrono::steady_clock::now() < end && read_some(100))
      ;
    const std::size_t found = shown_.find(text, seen_);
    INFO("waiting for: " << text << "\nafter: " << shown_.substr(seen_));
    REQUIRE(found != shown_.npos);
    seen_ = found + text.size();
  }
  void resize(unsigned short columns, unsigned short rows) {
    const winsize size{rows, columns, 0, 0};
    REQUIRE(ioctl(master_, TIOCSWINSZ, &size) == 0);
  }
  void signal(int number) { REQUIRE(kill(child_, number) == 0); }
  /// Its exit status, or minus the signal that ended it.
  int ended() {
    int status = 0;
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (waitpid(child_, &status, WNOHANG) == 0) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      read_some(20);
    }
    child_ = -1;
    while (read_some(0))
      ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  bool is_terminal_as_before() const {
    termios now{};
    tcgetattr(slave_, &now);
    return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag &&
           shown_.rfind(back_from_the_other_page) != shown_.npos;
  }
  /// No file and no process of the demo is left.
  bool is_nothing_left() const {
    for (const auto& one : std::filesystem::directory_iterator("/proc")) {
      std::error_code gone;
      const auto where = std::filesystem::read_symlink(one.path() / "cwd", gone);
      if (!gone && where.string().starts_with(directory_))
        return false;
    }
    return std::filesystem::is_empty(directory_);
  }

private:
  [[noreturn]] void become_demo() {
    login_tty(slave_);
    close(master_);
    setenv("TMPDIR", directory_, 1);
    setenv("TERM", "xterm", 1);
    execl(TWINSLOT_DEMO, TWINSLOT_DEMO, TWINSLOT, TWINSLOT_DEMOS, "counter", static_cast<char*>(nullptr));
    _exit(127);
  }
  // False: nothing came in that time.
  bool read_some(int patience_ms) {
    pollfd readable{master_, POLLIN, 0};
    if (poll(&readable, 1, patience_ms) <= 0)
      return patience_ms > 0;
    char bytes[4096];
    const ssize_t got = read(master_, bytes, sizeof bytes);
    if (got > 0)
      shown_.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

  char directory_[64] = "/tmp/twinslot-seat-XXXXXX";
  int master_ = -1;
  int slave_ = -1;
  pid_t child_ = -1;
  termios before_{};
  std::string shown_;
  std::size_t seen_ = 0;
};
}  // namespace

TEST_CASE("a wide terminal has the console and the slots side by side, and q leaves") {
  seat person(120, 40);
  person.sees(to_the_other_page);
  person.sees("1 of 9");
  person.type(" ");
  person.sees("{ok,counter}");
  person.sees("current: version 1.0.0");
  person.type(" ");
  person.sees("2 of 9");
  person.type(" ");
  person.sees("state 0");
  person.type("q");
  CHECK(person.ended() == 0);
  CHECK(person.is_terminal_as_before());
  CHECK(person.is_nothing_left());
}

TEST_CASE("a narrow terminal has the slots above the console, and Ctrl-C leaves") {
  seat person(80, 24);
  person.sees("┌ \x1b[m\x1b[2mcurrent: empty");
  person.sees("old: empty");
  person.sees("console");
  person.type("\x03");
  CHECK(person.ended() == 0);
  CHECK(person.is_terminal_as_before());
  CHECK(person.is_nothing_left());
}

TEST_CASE("keys lead through the whole run, and any key ends it") {
  seat person(120, 40);
  person.sees("1 of 9");
  person.type("p");
  person.sees("waits after each step");
  for (int step = 2; step <= 9; ++step) {
    person.type("  ");
    person.sees(std::to_string(step) + " of 9");
  }
  person.type("  ");
  person.sees("This was all");
  person.type("x");
  CHECK(person.ended() == 0);
  CHECK(person.is_terminal_as_before());
  CHECK(person.is_nothing_left());
}

TEST_CASE("it is drawn anew when the terminal's size changes, also to almost nothing") {
  seat person(120, 40);
  person.sees("1 of 9");
  person.resize(90, 30);
  person.sees("\x1b[30;1H");
  for (unsigned short size = 40; size > 0; size = static_cast<unsigned short>(size / 2))
    person.resize(size, size);
  person.resize(100, 25);
  person.sees("\x1b[25;1H");
  person.type("q");
  CHECK(person.ended() == 0);
  CHECK(person.is_terminal_as_before());
}

TEST_CASE("a signal ends it as q does") {
  seat person(100, 30);
  person.sees("1 of 9");
  person.signal(SIGTERM);
  CHECK(person.ended() == 0);
  CHECK(person.is_terminal_as_before());
  CHECK(person.is_nothing_left());
}

TEST_CASE("where its port is taken, the run of the TCP server takes another one") {
  const int holder = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9000);
  // Where this fails somebody else has it, which does as well.
  if (bind(holder, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    REQUIRE(listen(holder, 1) == 0);
  FILE* run = popen(TWINSLOT_DEMO " " TWINSLOT " " TWINSLOT_DEMOS " tcp --fast --patience 300 </dev/null", "r");
  REQUIRE(run);
  std::string printed;
  for (int byte = fgetc(run); byte != EOF; byte = fgetc(run))
    printed += static_cast<char>(byte);
  INFO(printed);
  CHECK(pclose(run) == 0);
  close(holder);
  CHECK(printed.find("Listening on ") != printed.npos);
  CHECK(printed.find("Listening on 9000...") == printed.npos);
  CHECK(printed.find("received  \"HALF A LINE\\n\"") != printed.npos);
}
