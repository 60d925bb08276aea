#include "actors/sys/debug.hpp"

#include "runtime/process/node.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>
#include <ctime>

namespace twinslot::sys {
namespace {
bool is_count(const term& value) {
  return value.is_int64() && value.as_int64() > 0;
}
}  // namespace

term local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return tuple(tuple(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday),
               tuple(local.tm_hour, local.tm_min, local.tm_sec));
}

std::string trace_line(const term& name, const term& event) {
  if (event.is_tagged("in"_atom, 2)) {
    const term& message = event[1];
    if (message.is_tagged("$gen_call"_atom, 3) && message[1].is_tuple(2))
      return format("*DBG* ~tp got call ~tp from ~tw~n", list(name, message[2], message[1][0]));
    if (message.is_tagged("$gen_cast"_atom, 2))
      return format("*DBG* ~tp got cast ~tp~n", list(name, message[1]));
    return format("*DBG* ~tp got ~tp~n", list(name, message));
  }
  if (event.is_tagged("out"_atom, 4) && event[2].is_tuple(2))
    return format("*DBG* ~tp sent ~tp to ~tw, new state ~tp~n", list(name, event[1], event[2][0], event[3]));
  if (event.is_tagged("noreply"_atom, 2))
    return format("*DBG* ~tp new state ~tp~n", list(name, event[1]));
  return format("*DBG* ~tp dbg  ~tp~n", list(name, event));
}

debug::entry* debug::find(kind what) noexcept {
  const auto found =
      std::find_if(installed_.begin(), installed_.end(), [&](const entry& it) { return it.what == what; });
  return found == installed_.end() ? nullptr : &*found;
}

void debug::switch_on(kind what) {
  if (!find(what))
    installed_.insert(installed_.begin(), entry{what, {}, {}, {}});
}

void debug::switch_off(kind what) {
  std::erase_if(installed_, [&](const entry& it) { return it.what == what; });
}

void debug::event(process& self, const term& name, const term& event) {
  // Oldest first: so lines of a trace come before what a function installed later prints.
  for (std::size_t left = installed_.size(); left-- > 0;) {
    entry& it = installed_[left];
    switch (it.what) {
      case kind::statistics:
        messages_in_ += event.is_tagged("in"_atom, 2);
        messages_out_ += event.is_tagged("out"_atom, 4);
        break;
      case kind::log:
        log_.emplace_back(event, name);
        trim();
        break;
      case kind::trace: self.home().put_chars(trace_line(name, event)); break;
      case kind::file:
        std::fputs(trace_line(name, event).c_str(), file_.get());
        std::fflush(file_.get());
        break;
      case kind::function: {
        const term arguments[] = {it.state, event, name};
        term next = "done";
        try {
          next = self.home().call_fun(self, it.function, arguments, 3);
        } catch (const raised&) {
          // As with `done`: a function that fails is removed, the server goes on (S18).
        }
        if (next == "done")
          installed_.erase(installed_.begin() + static_cast<std::ptrdiff_t>(left));
        else
          it.state = next;
        break;
      }
    }
  }
}

term debug::request(process& self, const term& what) {
  if (what == "no_debug") {
    installed_.clear();
    log_.clear();
    file_.reset();
    return "ok";
  }
  if (!what.is_tuple(2))
    return "unknown_debug";
  const term& argument = what[1];
  if (what[0] == "statistics")
    return statistics(self, argument);
  if (what[0] == "log")
    return logging(self, argument);
  if (what[0] == "log_to_file")
    return to_file(argument);
  if (what[0] == "trace") {
    if (!argument.is_bool())
      return "unknown_debug";
    argument == "true" ? switch_on(kind::trace) : switch_off(kind::trace);
    return "ok";
  }
  if (what[0] == "install") {
    install(argument);
    return "ok";
  }
  if (what[0] == "remove") {
    remove(argument);
    return "ok";
  }
  return "unknown_debug";
}

term debug::statistics(process& self, const term& flag) {
  if (flag == "true") {
    if (!find(kind::statistics)) {
      start_time_ = local_time();
      start_reductions_ = self.reductions();
      messages_in_ = messages_out_ = 0;
      switch_on(kind::statistics);
    }
    return "ok";
  }
  if (flag == "false") {
    switch_off(kind::statistics);
    return "ok";
  }
  if (!(flag == "get"))
    return "unknown_debug";
  if (!find(kind::statistics))
    return tuple("ok", "no_statistics");
  return tuple("ok", list(tuple("start_time", start_time_), tuple("current_time", local_time()),
                          tuple("reductions", self.reductions() - start_reductions_),
                          tuple("messages_in", messages_in_), tuple("messages_out", messages_out_)));
}

term debug::logging(process& self, const term& flag) {
  const bool sized = flag.is_tagged("true"_atom, 2) && is_count(flag[1]);
  if (flag == "true" || sized) {
    log_limit_ = sized ? static_cast<std::size_t>(flag[1].as_int64()) : 10;
    switch_on(kind::log);
    trim();
    return "ok";
  }
  if (flag == "false") {
    switch_off(kind::log);
    log_.clear();
    return "ok";
  }
  if (flag == "get")
    return tuple("ok", log());
  if (flag == "print") {
    for (const auto& [event, name] : log_)
      self.home().put_chars(trace_line(name, event));
    return "ok";
  }
  return "unknown_debug";
}

term debug::to_file(const term& file) {
  switch_off(kind::file);
  file_.reset();
  if (file == "false")
    return "ok";
  std::string name;
  if (file.is_atom())
    name = file.as_atom().text();
  else if (!chardata_to_utf8(file, name))
    return tuple("error", "open_file");
  if (name.empty())
    return tuple("error", "open_file");
  file_.reset(std::fopen(name.c_str(), "we"));
  if (!file_)
    return tuple("error", "open_file");
  file_name_ = name;
  switch_on(kind::file);
  return "ok";
}

// {Function, State} or {Id, Function, State}; an id that is there already stays as it is.
void debug::install(const term& function) {
  entry made{kind::function, {}, {}, {}};
  if (function.is_tuple(2)) {
    made.id = made.function = function[0];
    made.state = function[1];
  } else if (function.is_tuple(3)) {
    made.id = function[0];
    made.function = function[1];
    made.state = function[2];
    made.named = true;
  } else {
    return;
  }
  const auto same = [&](const entry& it) { return it.what == kind::function && it.id == made.id; };
  if (std::none_of(installed_.begin(), installed_.end(), same))
    installed_.insert(installed_.begin(), std::move(made));
}

void debug::remove(const term& function) {
  std::erase_if(installed_, [&](const entry& it) {
    return it.what == kind::function && (it.id == function || it.function == function);
  });
}

void debug::trim() {
  while (log_.size() > log_limit_)
    log_.pop_front();
}

void debug::options(process& self, const term& wanted) {
  for (const term& option : wanted.elements_of_list()) {
    if (option == "trace" || option == "log" || option == "statistics")
      request(self, tuple(option, true));
    else if (option.is_tagged("log"_atom, 2))
      request(self, tuple("log", tuple(true, option[1])));
    else if (option.is_tagged("log_to_file"_atom, 2) || option.is_tagged("install"_atom, 2))
      request(self, option);
  }
}

term debug::log() const {
  std::vector<term> events;
  for (const auto& [event, name] : log_)
    events.push_back(event);
  return list_of(events.data(), events.size());
}

term debug::status() const {
  std::vector<term> shown;
  for (const entry& it : installed_) {
    switch (it.what) {
      case kind::statistics:
        shown.push_back(tuple("statistics",
                              tuple(start_time_, tuple("reductions", start_reductions_), messages_in_, messages_out_)));
        break;
      case kind::log: shown.push_back(tuple("log", tuple(log_limit_, log()))); break;
      case kind::trace: shown.push_back(tuple("trace", true)); break;
      case kind::file: shown.push_back(tuple("log_to_file", string(file_name_))); break;
      case kind::function:
        shown.push_back(it.named ? tuple(it.id, tuple(it.function, it.state)) : tuple(it.function, it.state));
        break;
    }
  }
  return list_of(shown.data(), shown.size());
}
}  // namespace twinslot::sys
