#include "runtime/console/line_editor.hpp"

#include "runtime/console/line_history.hpp"
#include "runtime/console/terminal.hpp"
#include "runtime/term/term.hpp"

#include <algorithm>
#include <clocale>
#include <cstring>
#include <mutex>
#include <optional>

#include <histedit.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <wchar.h>

namespace twinslot::console {
namespace {
void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR)
      return;
    text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}

// libedit decodes what is typed by the locale; the console speaks UTF-8 whatever the environment says.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
    std::setlocale(LC_CTYPE, "C.UTF-8");
}

std::size_t columns_of(const wchar_t* from, const wchar_t* to) {
  std::size_t columns = 0;
  for (; from < to; ++from)
    columns += static_cast<std::size_t>(std::max(wcwidth(*from), *from < 32 ? 2 : 0));
  return columns;
}
}  // namespace

struct line_editor::impl {
  explicit impl(options chosen);
  ~impl();

  static char* prompt_of(EditLine* editor);
  static int read_character(EditLine* editor, wchar_t* into);
  static unsigned char tab(EditLine* editor, int);
  static impl& of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<impl*>(self);
  }

  bool wait_for_input();
  std::optional<wchar_t> next_code_point_typed();
  void look_after_others();
  void show_above(const std::string& text);
  void wake() {
    const std::uint64_t one = 1;
    static_cast<void>(::write(woken, &one, sizeof one));
  }

  EditLine* editor = nullptr;
  completion_world world;
  line_history lines;
  std::string prompt;
  int woken = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

  std::mutex mutex;  // for the rest
  bool editing = false;
  bool cancelled = false;
  bool has_resized = false;
  bool has_continued = false;
  bool at_line_start = true;
  std::string waiting;  // output that came while a line was being typed
};

line_editor::impl::impl(options chosen) : world(std::move(chosen.world)), lines(std::move(chosen.history_file)) {
  use_utf8();
  editor = el_init("twinslot", stdin, stdout, stderr);
  el_set(editor, EL_CLIENTDATA, this);
  el_set(editor, EL_PROMPT, &impl::prompt_of);
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_SIGNAL, 0);
  el_set(editor, EL_HIST, ::history, lines.handle());
  // The wide form keeps the pointers; the narrow one copies both texts and never frees them.
  el_wset(editor, EL_ADDFN, L"twinslot-complete", L"completes the word before the cursor", &impl::tab);
  el_set(editor, EL_BIND, "^I", "twinslot-complete", nullptr);
  el_set(editor, EL_BIND, "^D", "em-delete-or-list", nullptr);
  el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_set(editor, EL_BIND, "\\e[3~", "ed-delete-next-char", nullptr);
  el_set(editor, EL_BIND, "\\e[1;5C", "em-next-word", nullptr);
  el_set(editor, EL_BIND, "\\e[1;5D", "ed-prev-word", nullptr);
  el_wset(editor, EL_GETCFN, &impl::read_character);
  el_source(editor, nullptr);
}

line_editor::impl::~impl() {
  el_end(editor);
  close(woken);
}

char* line_editor::impl::prompt_of(EditLine* editor) {
  return of(editor).prompt.data();
}

// Until something was typed. False: the line is given up.
bool line_editor::impl::wait_for_input() {
  for (;;) {
    look_after_others();
    {
      std::lock_guard guard{mutex};
      if (cancelled)
        return false;
    }
    pollfd both[] = {{STDIN_FILENO, POLLIN, 0}, {woken, POLLIN, 0}};
    if (poll(both, 2, -1) < 0 && errno != EINTR)
      return false;
    if (both[1].revents != 0) {
      std::uint64_t count = 0;
      static_cast<void>(::read(woken, &count, sizeof count));
      continue;
    }
    if (both[0].revents != 0)
      return true;
  }
}

void line_editor::impl::look_after_others() {
  std::string text;
  bool resize = false, resume = false;
  {
    std::lock_guard guard{mutex};
    text.swap(waiting);
    resize = std::exchange(has_resized, false);
    resume = std::exchange(has_continued, false);
  }
  if (resume) {  // others had the terminal; libedit believes that it is as it left it
    el_set(editor, EL_PREP_TERM, 0);
    el_set(editor, EL_PREP_TERM, 1);
    el_set(editor, EL_REFRESH);
  }
  if (resize)
    el_resize(editor);
  if (!text.empty())
    show_above(text);
}

// Wipes the line that is being typed, writes, and draws it again.
void line_editor::impl::show_above(const std::string& text) {
  const LineInfoW* line = el_wline(editor);
  const std::size_t before = prompt.size() + columns_of(line->buffer, line->cursor);
  const std::size_t rows = before / static_cast<std::size_t>(terminal_columns());
  std::string out = "\r";
  if (rows > 0)
    out += "\x1b[" + std::to_string(rows) + "A";
  out += "\x1b[J" + text;
  if (out.back() != '\n')
    out += '\n';
  write_all(out);
  el_set(editor, EL_REFRESH);
}

// One character from the terminal, by its bytes. Empty: end of input.
std::optional<wchar_t> line_editor::impl::next_code_point_typed() {
  char bytes[4];
  std::size_t count = 0;
  std::size_t wanted = 1;
  while (count < wanted) {
    const ssize_t got = ::read(STDIN_FILENO, bytes + count, 1);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return std::nullopt;
    if (++count == 1) {
      const auto first = static_cast<unsigned char>(bytes[0]);
      wanted = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    }
  }
  std::size_t at = 0;
  return static_cast<wchar_t>(next_code_point({bytes, count}, at));
}

int line_editor::impl::read_character(EditLine* editor, wchar_t* into) {
  impl& self = of(editor);
  if (!self.wait_for_input())
    return 0;
  const auto typed = self.next_code_point_typed();
  if (!typed)
    return 0;
  *into = *typed;
  return 1;
}

unsigned char line_editor::impl::tab(EditLine* editor, int) {
  impl& self = of(editor);
  const LineInfo* line = el_line(editor);
  const std::string_view before(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer));
  const completions found = complete(before, self.world);
  if (!found.insert.empty())
    return el_insertstr(editor, found.insert.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  if (found.choices.empty())
    return CC_ERROR;
  std::size_t widest = 0;
  for (const std::string& choice : found.choices)
    widest = std::max(widest, choice.size() + 2);
  const std::size_t per_line = std::max<std::size_t>(static_cast<std::size_t>(terminal_columns()) / widest, 1);
  std::string out = "\n";
  for (std::size_t i = 0; i < found.choices.size(); ++i) {
    out += found.choices[i];
    const bool is_last = (i + 1) % per_line == 0 || i + 1 == found.choices.size();
    out += is_last ? "\n" : std::string(widest - found.choices[i].size(), ' ');
  }
  write_all(out);
  return CC_REDISPLAY;
}

line_editor::line_editor(options chosen) : impl_(std::make_unique<impl>(std::move(chosen))) {}
line_editor::~line_editor() = default;

line_source::read line_editor::read_line(const std::string& prompt) {
  {
    std::lock_guard guard{impl_->mutex};
    impl_->prompt = prompt;
    impl_->cancelled = false;
    impl_->editing = true;
    if (!impl_->at_line_start)
      write_all("\n");
    impl_->at_line_start = true;
  }
  int count = 0;
  const char* typed = el_gets(impl_->editor, &count);
  std::string line(typed ? typed : "", count > 0 ? static_cast<std::size_t>(count) : 0);
  bool cancelled = false;
  std::string late;
  {
    std::lock_guard guard{impl_->mutex};
    impl_->editing = false;
    cancelled = impl_->cancelled;
    if (cancelled || line.empty())
      write_all(cancelled ? "^C\n" : "\n");
    late.swap(impl_->waiting);
    write_all(late);
    impl_->at_line_start = late.empty() || late.back() == '\n';
  }
  if (cancelled)
    return {what::cancelled, {}};
  if (line.empty())
    return {what::end, {}};
  return {what::line, std::move(line)};
}

line_source::read line_editor::next(const std::string& prompt, bool continues) {
  // "1> " for a new expression, "1.. " where one goes on: its dot is still to come.
  read got = read_line(continues ? prompt.substr(0, prompt.find('>')) + ".. " : prompt);
  if (got.got == what::line)
    impl_->lines.add(got.line);
  return got;
}

std::optional<std::string> line_editor::ask(const std::string& prompt) {
  const read got = read_line(prompt);
  if (got.got != what::line)
    return std::nullopt;
  return got.line.substr(0, got.line.find('\n'));
}

void line_editor::show_rest(const std::string& prompt, const std::string& rest) {
  write(prompt + rest + (rest.ends_with('\n') ? "" : "\n"));
}

void line_editor::write(std::string_view text) {
  if (text.empty())
    return;
  std::lock_guard guard{impl_->mutex};
  if (impl_->editing) {
    impl_->waiting += text;
    impl_->wake();
    return;
  }
  impl_->at_line_start = text.back() == '\n';
  write_all(text);
}

bool line_editor::interrupt() {
  std::lock_guard guard{impl_->mutex};
  if (!impl_->editing)
    return false;
  impl_->cancelled = true;
  impl_->wake();
  return true;
}

void line_editor::continued() {
  std::lock_guard guard{impl_->mutex};
  if (!impl_->editing)
    return;  // the next line finds the terminal as it is
  impl_->has_continued = true;
  impl_->wake();
}

void line_editor::resized() {
  std::lock_guard guard{impl_->mutex};
  impl_->has_resized = true;
  impl_->wake();
}
}  // namespace twinslot::console
