#include "runtime/console/evaluator_process.hpp"

#include "runtime/console/exception_text.hpp"
#include "runtime/console/lint.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

#include <sys/eventfd.h>
#include <unistd.h>

namespace twinslot::console {
namespace {
// How long a killed evaluation may stay inside a native before the session goes on without it.
constexpr auto patience = std::chrono::seconds(2);
// How long the session waits for processes that were linked to an evaluation and may end with it.
constexpr auto patience_for_links = std::chrono::milliseconds(50);

term to_list(const bindings& scope) {
  std::vector<term> pairs;
  for (const auto& [name, value] : scope)
    pairs.push_back(tuple(name, value));
  return list_of(pairs.data(), pairs.size());
}

bindings from_list(const term& pairs) {
  bindings scope;
  for (const term& pair : pairs.elements_of_list())
    scope.bind(pair[0].as_atom(), pair[1]);
  return scope;
}

// What the process dies of, after an exception that nobody caught (P11).
term exit_reason(const raised& failure) {
  if (failure.what == "exit"_atom)
    return failure.reason;
  return failure.what == "throw"_atom ? tuple(tuple("nocatch", failure.reason), failure.stack)
                                      : tuple(failure.reason, failure.stack);
}

// Each expression is checked when its turn comes: it may use what the ones before it have bound.
term run_all(process& self, const term& expressions, bindings& scope) {
  term value;
  for (const term& written : expressions.elements_of_list()) {
    const term one = shell_functions::current()->prepared(written);
    if (auto wrong = check(one, scope))
      throw *wrong;
    value = evaluator(self, scope).run(list(one));
  }
  return value;
}

// An exit signal that ends the process while the session waits for input is shown at once.
term next_request(process& self) {
  try {
    return *self.receive([](const term& message) { return message.is_tagged("$evaluate"_atom, 5); });
  } catch (const process_exit& signal) {
    const bool has_stack =
        signal.reason.is_tuple(2) && signal.reason[1].is_cons() && signal.reason[1].head().is_tuple();
    const raised shown{"error"_atom, has_stack ? signal.reason[0] : signal.reason,
                       has_stack ? signal.reason[1] : term{}};
    if (!(signal.reason == "killed" || signal.reason == "shutdown"))
      self.home().put_chars(exception_text(shown) + "\n");
    throw;
  }
}

/// Who is linked to the process, by pid and name; the name is [] where there is none.
term linked_to(process& self) {
  std::vector<term> found;
  const term info = self.home().process_info(self.self());
  for (const term& item : info.elements_of_list()) {
    if (!(item[0] == "links"_atom))
      continue;
    for (const term& other : item[1].elements_of_list())
      if (other.is_pid()) {
        const auto name = self.home().name_of(other.as_pid());
        found.push_back(tuple(other, name ? term(*name) : term{}));
      }
  }
  std::sort(found.begin(), found.end(), term_less{});
  return list_of(found.data(), found.size());
}

/// An end takes linked processes along, as in Erlang; the session is told whom, so that it can say so.
void tell_links(process& self, pid shell) {
  if (term linked = linked_to(self); linked.is_cons())
    self.home().send(shell, tuple("$leaving", self.self(), std::move(linked)));
}

void serve(process& self, pid session, shell_functions& functions, const std::atomic<bool>& catches);

/// The same, and tells the session of its links however it ends.
void serve_and_tell(process& self, pid session, shell_functions& functions, const std::atomic<bool>& catches) {
  try {
    serve(self, session, functions, catches);
  } catch (...) {
    tell_links(self, session);
    throw;
  }
}

void serve(process& self, pid session, shell_functions& functions, const std::atomic<bool>& catches) {
  const shell_functions::use here(functions);
  for (;;) {
    const term request = next_request(self);
    const term shell = session;
    const term& ref = request[2];
    bindings scope = from_list(request[4]);
    const auto answer = [&](term result) {
      self.send(shell, tuple("$evaluated", ref, std::move(result), to_list(scope)));
    };
    std::optional<raised> failure;
    try {
      answer(tuple("value", run_all(self, request[3], scope)));
    } catch (const syntax_error& wrong) {
      answer(tuple("wrong", wrong.at.line, wrong.at.column, string(wrong.text)));
    } catch (const raised& thrown) {
      failure = thrown;
    }
    if (failure) {
      const bool goes_on = catches.load();
      answer(tuple("raised", failure->what, failure->reason, failure->stack, goes_on));
      if (goes_on)
        continue;
      throw raised{"exit"_atom, exit_reason(*failure), {}};
    }
  }
}
}  // namespace

evaluator_process::evaluator_process(node& home, process& shell, shell_functions& functions)
    : home_(home), shell_(shell), functions_(functions), cancel_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  start();
}

evaluator_process::~evaluator_process() {
  interrupt();
  shell_.demonitor(monitor_, true);
  home_.exit_signal(running_, "kill");
  // They use the session's functions until they have left. One that sits in native code is not waited for long.
  const auto until = clock::now() + std::chrono::seconds(2);
  for (const auto& each : leaving_)
    each.wait_until(until);
  close(cancel_);
}

void evaluator_process::start() {
  std::erase_if(leaving_,
                [](const auto& each) { return each.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  // Never fulfilled: it goes with the function, once that has returned or will not run, and then the future is ready.
  const auto here = std::make_shared<std::promise<void>>();
  leaving_.push_back(here->get_future());
  const spawned made = home_.spawn_blocking(
      [this, here](process& self) { serve_and_tell(self, shell_.self(), functions_, catches_); },
      {.parent = &shell_, .link = false, .monitor = true, .initial_call = tuple("shell", "evaluator", 0)});
  running_ = made.process;
  monitor_ = made.monitor;
}

evaluation evaluator_process::run(const term& expressions, const bindings& before, std::chrono::milliseconds limit) {
  if (!home_.is_alive(running_)) {
    shell_.demonitor(monitor_, true);
    start();
  }
  std::uint64_t drained = 0;
  static_cast<void>(read(cancel_, &drained, sizeof drained));
  const term ref = home_.make_reference();
  busy_ = true;
  shell_.send(running_, tuple("$evaluate", shell_.self(), ref, expressions, to_list(before)));
  evaluation result = wait(ref, limit);
  busy_ = false;
  if (result.ended != evaluation::how::value)
    result.after = before;
  if (result.ended != evaluation::how::value && result.ended != evaluation::how::wrong && !result.is_alive) {
    result.ended_with_it = linked_that_ended();
    start();
  }
  return result;
}

std::vector<std::string> evaluator_process::ended_meanwhile() {
  return home_.is_alive(running_) ? std::vector<std::string>{} : linked_that_ended();
}

std::vector<std::string> evaluator_process::linked_that_ended() {
  const auto left = shell_.receive(
      [&](const term& m) { return m.is_tagged("$leaving"_atom, 3) && m[1] == term(running_); }, clock::now());
  std::vector<std::string> ended;
  if (!left)
    return ended;
  // Each has got the signal. One that traps exits may still be about to end by itself, or go on.
  const auto until = clock::now() + patience_for_links;
  std::vector<std::pair<term, term>> watched;  // of {Pid, Name}: a monitor
  for (const term& one : (*left)[2].elements_of_list())
    watched.emplace_back(one, shell_.monitor(one[0]));
  for (const auto& [one, watch] : watched) {
    const term ref = watch;
    if (shell_.receive([&](const term& m) { return m.is_tagged("DOWN"_atom, 5) && m[1] == ref; }, until))
      ended.push_back((one[1].is_atom() ? to_text_w(one[1]) + " " : "") + to_text_w(one[0]));
    shell_.demonitor(ref.as_reference(), true);
  }
  return ended;
}

std::optional<std::string> evaluator_process::ask(process& self, const std::string& prompt) {
  const term ref = home_.make_reference();
  self.send(shell_.self(), tuple("$ask", self.self(), ref, string(prompt)));
  const auto answer = self.receive([&](const term& m) { return m.is_tagged("$answer"_atom, 3) && m[1] == ref; });
  std::string line;
  if (!answer || !chardata_to_utf8((*answer)[2], line))
    return std::nullopt;
  return line;
}

void evaluator_process::answer_question(const term& question) {
  std::string prompt;
  chardata_to_utf8(question[3], prompt);
  const auto line = read_line_ ? read_line_(prompt) : std::nullopt;
  shell_.send(question[1], tuple("$answer", question[2], line ? string(*line) : term("eof")));
}

void evaluator_process::interrupt() {
  if (busy_)
    home_.send(shell_.self(), "$interrupt");
}

void evaluator_process::kill() {
  const std::uint64_t one = 1;
  static_cast<void>(write(cancel_, &one, sizeof one));
  home_.exit_signal(running_, "kill");
}

evaluation evaluator_process::wait(const term& ref, std::chrono::milliseconds limit) {
  const auto concerns_us = [&](const term& message) {
    return message == "$interrupt" || message.is_tagged("$ask"_atom, 4) ||
           (message.is_tagged("$evaluated"_atom, 4) && message[1] == ref) ||
           (message.is_tagged("DOWN"_atom, 5) && message[1] == term(monitor_));
  };
  evaluation result;
  deadline until;
  if (limit.count() > 0)
    until = clock::now() + limit;
  bool is_killed = false;
  for (;;) {
    const auto message = shell_.receive(concerns_us, until);
    if (message && message->is_tagged("$ask"_atom, 4)) {
      if (!is_killed && (*message)[1] == term(running_))
        answer_question(*message);
      continue;
    }
    if (message && message->is_tagged("$evaluated"_atom, 4)) {
      if (is_killed)
        continue;
      const term& told = (*message)[2];
      result.after = from_list((*message)[3]);
      if (told[0] == "value"_atom) {
        result.value = told[1];
      } else if (told[0] == "wrong"_atom) {
        result.ended = evaluation::how::wrong;
        result.wrong = {{static_cast<int>(told[1].as_int64()), static_cast<int>(told[2].as_int64())}, {}};
        chardata_to_utf8(told[3], result.wrong.text);
      } else {
        result.ended = evaluation::how::raised;
        result.failure = raised{told[1].as_atom(), told[2], told[3]};
        result.is_alive = told[4] == "true"_atom;
        if (result.is_alive)
          return result;
        // It ends now; nothing of it is left when the next one starts.
        shell_.receive([&](const term& m) { return m.is_tagged("DOWN"_atom, 5) && m[1] == term(monitor_); },
                       clock::now() + patience);
      }
      return result;
    }
    if (message && message->is_tagged("DOWN"_atom, 5)) {
      if (!is_killed) {
        result.ended = evaluation::how::killed;
        result.value = (*message)[4];
      }
      return result;
    }
    if (message && is_killed)
      continue;
    if (!message && is_killed)
      return result;  // it sits in a native and ends when that returns
    result.ended = message ? evaluation::how::interrupted : evaluation::how::timeout;
    is_killed = true;
    until = clock::now() + patience;
    kill();
  }
}
}  // namespace twinslot::console
