// runtime/code/probe.cpp - twinslot-probe: opens a plugin, looks at it, closes it, and says what it saw. And stamps
// one.
//
//     twinslot-probe --stamp FILE                    writes the checksum of what is loaded into FILE, without opening
//     it
//     twinslot-probe --compile COMMAND...            runs a compiler, and looks at the coroutines that it made
//     twinslot-probe FILE MODULE                     prints ok or the reason, as a term; exit status 0 or 1
//     twinslot-probe --report NONCE MS BYTES FILE MODULE
//                                                    writes NONCE and the term's external format to descriptor 3;
//                                                    after MS it gives up, and BYTES is all the memory that it has
//
// Run by runtime/code/trial.cpp, and by twinslot_add_plugin() to compile and to stamp. Whatever the plugin does ends
// this process alone, and what it started ends with it (probe_guard.hpp); it must not outlive the node.
#include "runtime/code/coroutine_check.hpp"
#include "runtime/code/descriptor.hpp"
#include "runtime/code/host_table.hpp"
#include "runtime/code/library.hpp"
#include "runtime/code/probe_guard.hpp"
#include "runtime/code/stamp.hpp"
#include "runtime/os/child.hpp"
#include "runtime/os/file.hpp"
#include "runtime/term/external.hpp"
#include "runtime/term/print.hpp"

#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

// A crash is to end as the signal that it is, and quickly.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:handle_abort=0:detect_leaks=0";
}
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:handle_abort=0";
}

namespace {
using namespace twinslot;
constexpr int report_number = 3;

std::string nonce;  // empty: for a human

[[noreturn]] void say(const term& verdict) {
  const bool good = verdict == "ok"_atom;
  if (nonce.empty()) {
    std::printf("%s\n", to_text_p(verdict).c_str());
    std::fflush(stdout);
  } else if (auto bytes = term_to_bytes(verdict)) {
    const std::string report = nonce + *bytes;
    if (::write(report_number, report.data(), report.size()) != static_cast<ssize_t>(report.size()))
      ::_exit(2);
  }
  ::_exit(good ? 0 : 1);  // no more of the plugin's code, whatever it registered
}

[[noreturn]] void threw() {
  std::string text = "unknown";
  try {
    if (std::current_exception())
      throw;
    std::abort();
  } catch (const std::exception& thrown) {
    text = thrown.what();
  } catch (...) {
  }
  say(tuple("threw", string(text)));
}

std::size_t thread_count() {
  auto threads = os::list_dir("/proc/self/task");
  return threads ? threads->size() : 1;
}

term try_plugin(const std::string& path, const std::string& module) {
  const std::size_t threads_before = thread_count();
  auto found = code::library::open(path, code::library::after::keep_file);
  if (!found)
    return found.reason();
  // Not destroyed on the way out: closing a plugin that failed could crash, and the reason would be lost.
  code::library& opened = *found->release();
  const abi::host_table host = code::term_functions();
  result<const abi::module_info*> info{nullptr};
  // Without a deadline, as the parent process has one.
  if (auto started = opened.start([&] { info = code::describe(opened, host, module); }, {.start = {}, .end = {}});
      !started)
    return started.reason();
  if (!info)
    return info.reason();
  if ((*info)->close)
    (*info)->close((*info)->data);
  if (const std::size_t threads = thread_count(); threads > threads_before)
    return tuple("threads_left", threads - threads_before);
  if (auto stayed = opened.close())
    return tuple("stayed_mapped", *stayed);
  return "ok";
}

/// 0; or 1, with the reason on standard error.
int stamp(const std::string& path) {
  const auto done = code::stamp_file(path);
  if (done)
    return 0;
  std::fprintf(stderr, "twinslot-probe: not stamped: %s\n", to_text_p(done.reason()).c_str());
  return 1;
}

/// The C++ file of a compiler's command; empty: there is none.
std::string source_in(const std::vector<std::string>& command) {
  constexpr std::string_view endings[] = {".cpp", ".cc", ".cxx", ".C"};
  for (auto at = command.rbegin(); at != command.rend(); ++at)
    for (const auto ending : endings)
      if (at->size() > ending.size() && at->front() != '-' &&
          std::string_view(*at).substr(at->size() - ending.size()) == ending)
        return *at;
  return {};
}

/// The compiler's exit status, with its messages on standard error; or 1, if a coroutine came out wrong.
int compile(std::vector<std::string> command) {
  const std::string source = source_in(command);
  const auto read = source.empty() ? result<std::string>{error{"enoent"}} : os::read_file(source);
  const bool looks = read && code::may_have_coroutines(*read) && code::tells_trees(command);
  const auto output = std::find(command.begin(), command.end(), "-o");
  const std::string made = command.end() - output > 1 ? output[1] : "a.out";
  const std::string dump = made + ".tree";
  if (looks)
    command.push_back("-fdump-tree-original=" + dump);
  const auto done = os::run({.arguments = command, .output_limit_bytes = 64 << 20});
  if (!done) {
    std::fprintf(stderr, "%s: %s\n", command[0].c_str(), to_text_p(done.reason()).c_str());
    return 127;
  }
  std::fputs(done->output.c_str(), stderr);
  const std::string complaints = looks ? code::complaints_about(source, done->output, dump) : "";
  std::fputs(complaints.c_str(), stderr);
  if (!done->ok())
    return done->how == os::ending::exited ? done->code : 1;
  if (complaints.empty())
    return 0;
  static_cast<void>(os::delete_file(made));
  return 1;
}
}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count > 2 && std::string(arguments[1]) == "--compile")
    return compile({arguments + 2, arguments + argument_count});
  if (argument_count == 3 && std::string(arguments[1]) == "--stamp")
    return stamp(arguments[2]);
  int first = 1;
  code::trial_limits limits;
  if (argument_count == 7 && std::string(arguments[1]) == "--report") {
    nonce = arguments[2];
    limits.deadline = std::chrono::milliseconds(std::strtoll(arguments[3], nullptr, 10));
    limits.memory_bytes = std::strtoull(arguments[4], nullptr, 10);
    first = 5;
  } else if (argument_count != 3) {
    std::fprintf(stderr,
                 "usage: twinslot-probe FILE MODULE\n       twinslot-probe --stamp FILE\n"
                 "       twinslot-probe --compile COMMAND...\n");
    return 2;
  }
  code::continue_guarded(limits, [] { say("timeout"); });
  std::set_terminate(threw);
  auto path = twinslot::os::real_path(arguments[first]);
  if (!path)
    say(tuple("open", path.reason()));
  say(try_plugin(*path, arguments[first + 1]));
}
