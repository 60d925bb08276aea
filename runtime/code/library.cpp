// runtime/code/library.cpp
#include "runtime/code/library.hpp"

#define BOOST_DLL_USE_STD_FS
#include "runtime/code/apart.hpp"
#include "runtime/code/constructors.hpp"
#include "runtime/code/own_threads.hpp"
#include "runtime/os/file.hpp"
#include "runtime/os/mapped.hpp"

#include <boost/dll/shared_library.hpp>

#include <csignal>
#include <exception>
#include <mutex>
#include <new>
#include <vector>

namespace twinslot::code {

struct library::impl {
  std::string path;
  after then = after::keep_file;
  bool thread_local_destructors = false;
  boost::dll::shared_library opened;
  abi::entry entry = nullptr;
  // Shared with the thread that runs them, which may outlive a close.
  std::shared_ptr<const constructors> withheld;
  own_threads threads;
  std::chrono::milliseconds deadline{0};  // of the destructors
  bool has_started = false;               // its destructors are to run
  bool never_close = false;               // its code still runs, or cannot be closed without waiting for ever

  std::optional<term> run_destructors();
  std::vector<term> left_behind() const;
  std::optional<term> keep(term why);
};

namespace {
/// The system's loader has a lock of its own around this; one that ThreadSanitizer does not see. Without, a library
/// looks shared with the thread that closed an earlier one at the same address. Recursive as the loader's is.
std::recursive_mutex& loader_order() {
  static auto& mutex = *new std::recursive_mutex;
  return mutex;
}

/// Set once an exception came out of the system's loader: it holds its lock from then on.
struct held_loader {
  std::mutex mutex;
  std::optional<term> why;  // {loader_held, Path, Text}

  std::optional<term> get() {
    const std::lock_guard lock(mutex);
    return why;
  }
  void set(const std::string& path, std::string_view text) {
    const std::lock_guard lock(mutex);
    why = tuple("loader_held", string(path), string(text));
  }
};
held_loader& held() {
  static auto& one = *new held_loader;
  return one;
}

/// The part of `text` after `start`, up to one of `ends`.
std::string between(const std::string& text, std::string_view start, std::string_view ends) {
  const auto from = text.find(start);
  if (from == std::string::npos)
    return {};
  const auto first = from + start.size();
  return text.substr(first, text.find_first_of(ends, first) - first);
}

/// What the system's loader meant. Its words are for somebody who knows which library it is at; the file's own
/// headers were checked before, so what is left is about symbols and other libraries.
/// "PATH: undefined symbol: NAME", "LIBRARY: cannot open shared object file: No such file or directory"
term explain(std::string text, const std::string& path) {
  constexpr std::string_view frame = "(dlerror system message: ";  // Boost.DLL's
  if (const auto from = text.find(frame); from != std::string::npos)
    text = text.substr(from + frame.size(), text.rfind(')') - from - frame.size());
  if (text.starts_with(path + ": "))
    text.erase(0, path.size() + 2);
  if (const auto name = between(text, "undefined symbol: ", ", ("); !name.empty())
    return tuple("missing_symbol", string(name));
  const auto library_end = text.find(": cannot open shared object file");
  if (library_end != std::string::npos && library_end != 0)
    return tuple("missing_library", string(text.substr(0, library_end)));
  return tuple("open", string(text));
}
}  // namespace

library::library() : impl_(std::make_unique<impl>()) {}

library::~library() {
  close();
  if (!impl_->never_close)
    return;
  // With it Boost's handle, whose end would close the file.
  static auto& mutex = *new std::mutex;
  static auto& kept = *new std::vector<std::unique_ptr<impl>>;
  const std::lock_guard lock(mutex);
  kept.push_back(std::move(impl_));
}

const std::string& library::path() const noexcept {
  return impl_->path;
}

std::uint64_t library::thread_count() const noexcept {
  return impl_->threads.thread_count();
}

abi::entry library::entry() const noexcept {
  return impl_->entry;
}

void library::expect_thread_local_destructors() noexcept {
  impl_->thread_local_destructors = true;
}

result<std::unique_ptr<library>> library::open(std::string path, after then) {
  std::unique_ptr<library> made(new library);
  impl& mine = *made->impl_;
  mine.path = std::move(path);
  mine.then = then;
  if (auto why = held().get())
    return error{*why};
  const std::lock_guard one_at_a_time(loader_order());
  try {
    // `load` that throws carries the loader's text, the one with an error code does not.
    mine.opened.load(mine.path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    // `get` and not an import: that would share the library and keep it open behind our back.
    mine.entry = &mine.opened.get<const abi::module_info*(const abi::host_table*)>(abi::entry_symbol);
  } catch (const boost::dll::fs::system_error& failed) {
    if (!mine.opened.is_loaded())
      return error{explain(failed.what(), mine.path)};
    return error{tuple("missing_symbol", string(abi::entry_symbol))};
  } catch (const std::exception& thrown) {  // through the loader
    held().set(mine.path, thrown.what());
    return error{tuple("threw", string(thrown.what()))};
  } catch (...) {
    held().set(mine.path, "unknown");
    return error{tuple("threw", string("unknown"))};
  }
  mine.threads = own_threads(mine.opened.native());
  mine.withheld = std::make_shared<const constructors>(mine.opened.native());
  return made;
}

result<void> library::start(std::function<void()> then, const patience& limits) {
  impl_->deadline = limits.end;
  impl_->has_started = true;
  auto failed = run_apart(
      [first = impl_->withheld, then = std::move(then)] {
        first->run();
        then();
      },
      limits.start);
  if (!failed)
    return {};
  impl_->never_close = *failed == "timeout"_atom;
  return error{*failed};
}

std::optional<term> library::impl::run_destructors() {
  if (!std::exchange(has_started, false) || withheld->none())
    return {};
  return run_apart([last = withheld] { last->undo(); }, deadline);
}

/// What would call into the library after it was closed.
std::vector<term> library::impl::left_behind() const {
  std::vector<term> found;
  for (int number = 1; number <= SIGRTMAX; ++number) {
    struct sigaction now {};
    if (::sigaction(number, nullptr, &now) == 0 && threads.is_inside(reinterpret_cast<const void*>(now.sa_handler)))
      found.push_back(tuple("signal_handler", os::signal_atom(number)));
  }
  if (threads.is_inside(reinterpret_cast<const void*>(std::get_terminate())))
    found.push_back("terminate_handler");
  if (threads.is_inside(reinterpret_cast<const void*>(std::get_new_handler())))
    found.push_back("new_handler");
  if (const auto keys = threads.key_count(); keys > 0)
    found.push_back(tuple("thread_keys", keys));
  return found;
}

std::optional<term> library::impl::keep(term why) {
  never_close = true;
  return why;
}

std::optional<term> library::close() {
  impl& mine = *impl_;
  if (!mine.opened.is_loaded() || mine.never_close)
    return {};
  if (const auto running = mine.threads.thread_count(); running != 0)
    return mine.keep(tuple("threads", running));
  mine.entry = nullptr;
  if (auto failed = mine.run_destructors())
    return mine.keep(tuple("destructors", *failed));
  if (const auto left = mine.left_behind(); !left.empty())
    return mine.keep(tuple("left_behind", list_of(left.data(), left.size())));
  if (held().get())
    return mine.keep("loader_held");
  {
    const std::lock_guard one_at_a_time(loader_order());
    mine.opened.unload();
  }
  if (os::is_mapped(mine.path))  // the file stays too: a debugger may want it
    return term(mine.thread_local_destructors ? "thread_local_destructors"_atom : "held"_atom);
  if (mine.then == after::remove_file)
    static_cast<void>(os::delete_file(mine.path));  // the cache directory is removed as a whole anyway
  return {};
}
}  // namespace twinslot::code
