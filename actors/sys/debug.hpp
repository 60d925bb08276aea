// actors/sys/debug.hpp - what sys can switch on in a running server: statistics, a log of events, trace, log files and
// functions of the user's own.
//
// An event is {in, Message} | {out, Reply, {To, Tag}, State} | {noreply, State} | {continue, Argument}.
// Nothing of it costs anything while all is off: ask `on()` before an event is made.
// For the server's own process. Source: OTP's sys; S15-S19.
#pragma once
#include "runtime/process/process.hpp"

#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace twinslot::sys {

class debug {
public:
  bool on() const noexcept { return !installed_.empty(); }
  /// `name`: the registered name, or the pid.
  void event(process& self, const term& name, const term& event);
  /// {debug, What} of a system message: {statistics, true | false | get}, {log, true | {true, N} | false | get |
  /// print}, {trace, Flag}, {log_to_file, File | false}, no_debug, {install, Function}, {remove, Function}. Shape: ok |
  /// {ok, Value} | {error, open_file} | unknown_debug.
  term request(process& self, const term& what);
  /// The options of start: [trace, log, {log, N}, statistics, {log_to_file, File}, {install, Function}].
  void options(process& self, const term& wanted);
  /// [{trace,true}, {log,{N,[Event]}}, {statistics,{Start,{reductions,R},In,Out}}, ...], newest first, for get_status.
  term status() const;
  /// Events of the log, oldest first; [] where it is off.
  term log() const;

private:
  enum class kind { statistics, log, trace, file, function };
  struct entry {
    kind what;
    term id;  // function: its id, or the function itself
    term function, state;
    bool named = false;
  };
  struct closer {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  entry* find(kind what) noexcept;
  void switch_on(kind what);
  void switch_off(kind what);
  term statistics(process& self, const term& flag);
  term logging(process& self, const term& flag);
  term to_file(const term& file);
  void install(const term& function);
  void remove(const term& function);
  void trim();

  std::vector<entry> installed_;  // newest first
  term start_time_;
  std::uint64_t start_reductions_ = 0, messages_in_ = 0, messages_out_ = 0;
  std::size_t log_limit_ = 10;
  std::deque<std::pair<term, term>> log_;  // {Event, Name}, oldest first
  std::unique_ptr<std::FILE, closer> file_;
  std::string file_name_;
};

/// A trace line, with its end of line: "*DBG* counter got cast increment\n".
std::string trace_line(const term& name, const term& event);
/// {{Y,M,D},{H,Min,S}} of the local clock.
term local_time();
}  // namespace twinslot::sys
