#include "runtime/console/console.hpp"

#include "runtime/console/commands.hpp"
#include "runtime/console/interactive.hpp"
#include "runtime/console/line_source.hpp"
#include "runtime/console/record_expansion.hpp"
#include "runtime/console/session.hpp"
#include "runtime/console/signals.hpp"
#include "runtime/console/terminal.hpp"
#include "runtime/term/print.hpp"

#include <csignal>
#include <cstring>
#include <memory>

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

namespace twinslot::console {
namespace {
// Virtual: only what is used takes memory. Funs that need more get it (stack_guard.hpp).
constexpr std::size_t thread_stack_bytes = 64U << 20;

// All of it, whatever the kernel takes at once.
void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR)
      return;  // nobody reads
    text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}

bool is_blank(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos)
    return true;
  const std::size_t end = text.find('\n', first);
  return text[first] == '%' && (end == text.npos || end + 1 == text.size());
}

// Reads and runs expressions until the source or the session ends.
void converse(node& home, session& told, line_source& source) {
  const auto show_error = [&](const std::string& text) {
    if (!text.empty())
      home.put_chars(text + "\n");
  };
  std::string rest;
  while (!told.leaving()) {
    scanner reading;
    auto state = scanner::state::more;
    bool continues = false;
    if (!is_blank(rest)) {
      rest.erase(0, rest.find_first_not_of(" \t\r\n"));
      source.show_rest(told.prompt(), rest);
      state = reading.feed(rest);
      continues = true;
    }
    rest.clear();
    while (state == scanner::state::more) {
      const line_source::read got = source.next(told.prompt(), continues);
      if (got.got == line_source::what::cancelled)
        break;
      if (got.got == line_source::what::end) {
        state = reading.finish();
        if (reading.empty())
          return;
        if (state == scanner::state::more)
          return show_error(session::scan_error(reading));
        break;
      }
      state = reading.feed(got.line);
      continues = true;
    }
    if (state == scanner::state::more)
      continue;
    rest = reading.rest();
    show_error(state == scanner::state::failed ? session::scan_error(reading) : told.run(reading).error);
  }
}

int evaluate_all(session& told, const options& chosen) {
  for (const std::string& text : chosen.expressions) {
    std::string rest = text;
    while (!is_blank(rest)) {
      scanner reading;
      auto state = reading.feed(rest);
      if (state == scanner::state::more)
        state = reading.finish();
      if (state == scanner::state::more && !reading.empty()) {
        reading = {};
        state = reading.feed(rest + (rest.find('%') == rest.npos ? ".\n" : "\n.\n"));  // the dot may be left out
      }
      session::outcome done;
      if (state == scanner::state::done)
        done = told.run(reading);
      else
        done.error = session::scan_error(reading);
      if (!done.error.empty()) {
        write_all(STDERR_FILENO, done.error + "\n");
        return 1;
      }
      if (done.refused)  // c(x) that does not compile: the value is shown, and says so
        return 1;
      rest = std::string(reading.rest());
      if (told.leaving())
        return 0;
    }
  }
  return 0;
}

int play_file(node& home, session& told, const std::string& path) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "re");
  if (struct stat about; file && fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode)) {
    if (file != stdin)
      std::fclose(file);
    file = nullptr;
    errno = EISDIR;
  }
  if (!file) {
    write_all(STDERR_FILENO, "twinslot: " + path + ": " + std::strerror(errno) + "\n");
    return 1;
  }
  stream_source source(file, true, [&](const std::string& text) { home.put_chars(text); });
  converse(home, told, source);
  if (file != stdin)
    std::fclose(file);
  return 0;
}
}  // namespace

void prepare_process() {
  signal_watch::block();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, thread_stack_bytes);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

void install_console(node& home) {
  for (auto table : commands())
    home.add_natives(table);
  home.add_natives(record_functions());
  home.interpreter(run_fun);
}

namespace {
int converse_as_chosen(node& home, process& shell, const options& chosen, const std::string& version) {
  for (const std::string& directory : chosen.code_paths)
    home.apply(shell, "code"_atom, "add_patha"_atom, {string(directory)});
  const bool is_batch = !chosen.expressions.empty() || chosen.file;
  const bool is_terminal = !is_batch && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  session told(home, shell,
               {.evaluation_limit = chosen.evaluation_limit,
                .columns = is_terminal ? terminal_columns : std::function<int()>()});
  if (is_terminal) {
    const std::string intro = "twinslot " + version + " (help(). lists the commands; q(). or Ctrl-D leaves)\n";
    run_at_terminal(home, told, intro, [&](line_source& source) { converse(home, told, source); });
    return 0;
  }
  const signal_watch signals([&](int number) {
    if (number != SIGWINCH && number != SIGCONT)
      signal_watch::end_program(number);
  });
  if (!chosen.expressions.empty())
    return evaluate_all(told, chosen);
  if (chosen.file)
    return play_file(home, told, *chosen.file);
  stream_source source(stdin, false, [&](const std::string& text) { home.put_chars(text); });
  converse(home, told, source);
  return 0;
}
}  // namespace

int run_console(node& home, const options& chosen, const std::string& version) {
  home.output([](std::string_view text) { write_all(STDOUT_FILENO, text); });
  scoped_process shell(home);
  try {
    return converse_as_chosen(home, *shell, chosen, version);
  } catch (const process_exit& gone) {
    // Somebody has ended the console's own process: [exit(P, kill) || P <- processes()].
    write_all(STDERR_FILENO, "** the console's process was ended: " + to_text_p(gone.reason) + "\n");
    return 1;
  }
}
}  // namespace twinslot::console
