#include "runtime/console/evaluator_process.hpp"

#include "runtime/console/exception_text.hpp"
#include "runtime/console/lint.hpp"
#include "runtime/term/print.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace twinslot::console {
namespace {
// How long a killed evaluation may stay inside a native before the session goes on without it.
constexpr auto patience = std::chrono::seconds(2);

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

void serve(process& self, shell_functions& functions, const std::atomic<bool>& catches) {
  const shell_functions::use here(functions);
  for (;;) {
    const term request = next_request(self);
    const term& shell = request[1];
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
      [this, here](process& self) { serve(self, functions_, catches_); },
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
  if (result.ended != evaluation::how::value && result.ended != evaluation::how::wrong && !result.is_alive)
    start();
  return result;
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
