// tests/console/terminal_test.cpp - the console as a person has it: typed into a pseudo-terminal, read from it.
#include "tests/catch.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

using namespace std::chrono_literals;

namespace {

class terminal {
public:
  explicit terminal(std::vector<std::string> arguments = {}) {
    std::snprintf(directory_, sizeof directory_, "%s", "/tmp/twinslot-terminal-XXXXXX");
    REQUIRE(mkdtemp(directory_));
    arguments.insert(arguments.begin(), TWINSLOT);
    start(arguments);
  }
  ~terminal() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(master_);
    close(slave_);
    std::filesystem::remove_all(directory_);
  }
  terminal(const terminal&) = delete;

  void type(std::string_view text) { REQUIRE(write(master_, text.data(), text.size()) == ssize_t(text.size())); }
  /// Waits until this was shown after what was waited for before.
  void sees(const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    std::size_t found = shown_.find(text, seen_);
    while (found == shown_.npos && std::chrono::steady_clock::now() < end) {
      pollfd readable{master_, POLLIN, 0};
      if (poll(&readable, 1, 100) > 0 && !read_some())
        break;
      found = shown_.find(text, seen_);
    }
    INFO("waiting for: " << text << "\nafter: " << shown_.substr(seen_));
    REQUIRE(found != shown_.npos);
    seen_ = found + text.size();
  }
  /// Waits for a prompt and until the line editor has the terminal: what is typed before is the system's to echo.
  void prompts(const std::string& text) {
    sees(text);
    is_editing();
  }
  /// The program's exit status, or minus the signal that ended it.
  int ended() {
    int status = 0;
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (waitpid(child_, &status, WNOHANG) == 0) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      pollfd readable{master_, POLLIN, 0};
      if (poll(&readable, 1, 50) > 0)
        read_some();
    }
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  void again(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), TWINSLOT);
    start(arguments);
  }
  /// Whether the terminal's settings are those from before the program.
  bool is_as_before() const {
    termios now{};
    tcgetattr(slave_, &now);
    return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag;
  }
  /// Waits until the line editor has the terminal.
  void is_editing() {
    const auto end = std::chrono::steady_clock::now() + 30s;
    termios now{};
    do {
      REQUIRE(std::chrono::steady_clock::now() < end);
      usleep(1000);
      tcgetattr(slave_, &now);
    } while (now.c_lflag & ICANON);
  }
  pid_t child() const { return child_; }
  /// Waits until the program has stopped, as a shell does, and takes the terminal as it found it.
  void stopped() {
    int status = 0;
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (waitpid(child_, &status, WNOHANG | WUNTRACED) == 0) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      usleep(1000);
    }
    REQUIRE(WIFSTOPPED(status));
  }
  std::string directory() const { return directory_; }
  void write_file(const std::string& name, const std::string& text) { std::ofstream(directory() + "/" + name) << text; }

private:
  void start(const std::vector<std::string>& arguments) {
    const bool is_first = master_ < 0;
    if (is_first) {
      winsize size{24, 80, 0, 0};
      REQUIRE(openpty(&master_, &slave_, nullptr, nullptr, &size) == 0);
      REQUIRE(tcgetattr(slave_, &before_) == 0);
    }
    child_ = fork();
    REQUIRE(child_ >= 0);
    if (child_ > 0)
      return;
    login_tty(dup(slave_));
    std::vector<char*> all;
    for (const std::string& one : arguments)
      all.push_back(const_cast<char*>(one.c_str()));
    all.push_back(nullptr);
    setenv("HOME", directory_, 1);
    setenv("TERM", "xterm", 1);
    unsetenv("XDG_STATE_HOME");
    if (chdir(directory_) == 0)
      execv(all[0], all.data());
    _exit(127);
  }
  bool read_some() {
    char buffer[4096];
    const ssize_t got = read(master_, buffer, sizeof buffer);
    if (got <= 0)
      return false;
    shown_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  char directory_[64] = {};
  int master_ = -1;
  int slave_ = -1;
  pid_t child_ = -1;
  termios before_{};
  std::string shown_;
  std::size_t seen_ = 0;
};

constexpr const char* ctrl_c = "\x03";
constexpr const char* ctrl_d = "\x04";
constexpr const char* up = "\x1b[A";
}  // namespace

TEST_CASE("a person types, reads, and leaves with Ctrl-D") {
  terminal t;
  t.sees("help(). lists the commands");
  t.prompts("1> ");
  t.type("X = 40 + 2.\r");
  t.sees("42\r\n");
  t.prompts("2> ");
  t.type("foo(\r");
  t.prompts("2.. ");  // the expression goes on: its dot is still to come
  t.type("1).\r");
  t.sees("undefined shell command foo/1");
  t.prompts("3> ");
  t.type(ctrl_d);
  CHECK(t.ended() == 0);
  CHECK(t.is_as_before());
}

TEST_CASE("q() leaves and restores the terminal") {
  terminal t;
  t.prompts("1> ");
  t.type("q().\r");
  t.sees("ok");
  CHECK(t.ended() == 0);
  CHECK(t.is_as_before());
}

TEST_CASE("Ctrl-C gives up the line that is typed, also one that has begun before") {
  terminal t;
  t.prompts("1> ");
  t.type("foo(\r");
  t.prompts("1.. ");
  t.type("abc");
  t.sees("abc");
  t.type(ctrl_c);
  t.sees("^C");
  t.prompts("1> ");
  t.type("7 * 6.\r");
  t.sees("\n42\r\n");
}

TEST_CASE("Ctrl-C ends an evaluation and keeps the variables") {
  terminal t;
  t.prompts("1> ");
  t.type("X = 5.\r");
  t.prompts("2> ");
  t.type("register(sleeper, self()), io:format(\"now~n\"), timer:sleep(infinity).\r");
  t.sees("\nnow\r\n");
  t.type(ctrl_c);
  t.sees("** exception exit: killed");
  t.prompts("3> ");
  t.type("{X, whereis(sleeper)}.\r");
  t.sees("{5,undefined}");
}

TEST_CASE("Ctrl-C ends a loop that never waits") {
  terminal t;
  t.prompts("1> ");
  t.type("io:format(\"now~n\"), (fun L() -> L() end)().\r");
  t.sees("\nnow\r\n");
  t.type(ctrl_c);
  t.sees("** exception exit: killed");
}

TEST_CASE("lines are remembered, also by the next console") {
  terminal t;
  t.prompts("1> ");
  t.type("first_line.\r");
  t.sees("\nfirst_line\r\n");
  t.prompts("2> ");
  t.type(up);
  t.sees("first_line.");
  t.type("\r");
  t.sees("\nfirst_line\r\n");
  t.prompts("3> ");
  t.type(ctrl_d);
  CHECK(t.ended() == 0);
  t.again();
  t.prompts("1> ");
  t.type(up);
  t.sees("first_line.");
  t.type("\r");
  t.sees("\nfirst_line\r\n");
}

TEST_CASE("Tab completes modules, functions, variables and files") {
  terminal t;
  t.write_file("some_file.txt", "");
  t.prompts("1> ");
  t.type("Variable = calen\t");
  t.sees("dar:");
  t.type("is_le\t");
  t.sees("ap_year(");
  t.type("2000).\r");
  t.sees("true");
  t.prompts("2> ");
  t.type("{Var\t");
  t.sees("iable");
  t.type("}.\r");
  t.sees("{true}");
  t.prompts("3> ");
  t.type("filelib:is_file(\"some\t");
  t.sees("_file.txt\"");
  t.type(").\r");
  t.sees("true");
  t.prompts("4> ");
  t.type("lists:ma\t");
  t.sees("mapfoldl");
  t.sees("4> lists:ma");
}

TEST_CASE("what a process prints stands above the line that is typed") {
  terminal t;
  t.prompts("1> ");
  t.type("P = spawn(fun() -> receive go -> io:format(\"from a process~n\") end end).\r");
  t.prompts("2> ");
  t.type("register(p, P), spawn(fun() -> timer:sleep(700), p ! go end).\r");
  t.prompts("3> ");
  t.type("half a l");
  t.sees("half a l");
  t.sees("from a process\r\n");
  t.sees("3> half a l");
  t.type("ine.\r");
  t.sees("* 1:6: syntax error before: a");
}

TEST_CASE("letters beyond ASCII are typed, shown and deleted as one") {
  terminal t;
  t.prompts("1> ");
  t.type("length(\"åäöx\x7f\x7f\").\r");
  t.sees("\n2\r\n");
}

TEST_CASE("a signal that ends the program finds the terminal restored") {
  for (const int number : {SIGTERM, SIGHUP, SIGSEGV, SIGABRT}) {
    terminal t;
    t.prompts("1> ");
    CHECK_FALSE(t.is_as_before());
    kill(t.child(), number);
    const int status = t.ended();
    INFO("signal " << number);
    CHECK((status == -number || status > 0));  // a sanitizer makes a status of its own of a crash
    CHECK(t.is_as_before());
  }
}

TEST_CASE("Ctrl-Z restores the terminal, and the line is there again afterwards") {
  terminal t;
  t.prompts("1> ");
  t.type("Before = 1, X = 4");
  t.sees("X = 4");
  kill(t.child(), SIGTSTP);  // the system discards a typed ^Z where no shell could continue the program
  t.stopped();
  CHECK(t.is_as_before());
  kill(t.child(), SIGCONT);
  t.sees("1> Before = 1, X = 4");
  t.is_editing();
  t.type("2.\r");
  t.sees("\n42\r\n");
  t.prompts("2> ");
}

TEST_CASE("halt restores the terminal") {
  terminal t;
  t.prompts("1> ");
  t.type("halt(3).\r");
  CHECK(t.ended() == 3);
  CHECK(t.is_as_before());
}

TEST_CASE("Ctrl-C ends a compilation, and its compiler") {
  terminal t;
  // Millions of templates: a minute of work for a compiler.
  t.write_file(
      "slow.cpp",
      "#include <twinslot/gen_server.hpp>\ntemplate <int N, int M> struct slow { static constexpr long value = "
      "slow<N - 1, M>::value + slow<N - 1, M + (1 << N)>::value; };\ntemplate <int M> struct slow<0, M> { "
      "static constexpr long value = 1; };\nconstexpr long value = slow<22, 0>::value;\n");
  t.prompts("1> ");
  t.type("io:format(\"now~n\"), c(slow).\r");
  t.sees("\nnow\r\n");
  usleep(300'000);
  const auto begin = std::chrono::steady_clock::now();
  t.type(ctrl_c);
  t.sees("** exception exit: killed");
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
  t.prompts("2> ");
  t.type("[F || F <- element(2, file:list_dir(\".\")), F =/= \"slow.cpp\", F =/= \".local\"].\r");
  t.sees("[]");
}

TEST_CASE("an upgrade that waits for a busy server shows a bar after a second") {
  const auto source = [](const std::string& vsn, const std::string& more) {
    return "#include <twinslot/gen_server.hpp>\n#include <unistd.h>\nTWINSLOT_MODULE(busy, \"" + vsn +
           "\") {\n  return twinslot::gen_server<std::int64_t>(\"busy\")\n"
           "      .cast(\"work\", [](std::int64_t&) { usleep(2'500'000); })" +
           more + ";\n}\n";
  };
  terminal t;
  t.prompts("1> ");
  t.write_file("busy.cpp", source("1", ""));
  t.type("c(busy), {ok, _} = busy:start(), started.\r");
  t.sees("\nstarted\r\n");
  t.write_file("busy.cpp", source("2", ".code_change(\"1\", [](std::int64_t old) { return old; })"));
  t.prompts("2> ");
  t.type("c(busy), busy:work(), element(1, upgrade(busy)).\r");
  t.sees("[....................]   0 % code_change 0/1");
  t.sees("busy \"1\" -> \"2\"");
  t.sees("\nok\r\n");
}

TEST_CASE("a long table of processes is shown in pages") {
  terminal t;
  t.prompts("1> ");
  t.type("length([spawn(fun() -> receive go -> ok end end) || _ <- lists:seq(1, 130)]).\r");
  t.sees("130\r\n");
  t.prompts("2> ");
  t.type("i().\r");
  t.sees("Registered");
  t.prompts("(c)ontinue (q)uit -->");
  t.type("what?\r");
  t.prompts("(c)ontinue (q)uit -->");
  t.type("\r");
  t.prompts("(c)ontinue (q)uit -->");
  t.type("c\r");
  t.sees("Total");
  t.sees("ok\r\n");
  t.prompts("3> ");
  t.type("i().\r");
  t.prompts("(c)ontinue (q)uit -->");
  t.type("q\r");
  t.sees("quit\r\n");
  t.prompts("4> ");
  t.type("i().\r");
  t.prompts("(c)ontinue (q)uit -->");
  t.type(ctrl_c);
  t.sees("quit\r\n");
  t.prompts("5> ");
  t.type("i().\r");
  t.prompts("(c)ontinue (q)uit -->");
  t.type(ctrl_d);
  t.sees("quit\r\n");
  t.prompts("6> ");
  t.type(up);  // what was answered is no command
  t.sees("i().");
  t.type("\x15");
  t.type("lists:member(self(), processes()).\r");
  t.sees("true");
}
