// runtime/code/library.cpp
#include "runtime/code/library.hpp"

#define BOOST_DLL_USE_STD_FS
#include "runtime/os/file.hpp"
#include "runtime/os/mapped.hpp"

#include <boost/dll/shared_library.hpp>

#include <mutex>

namespace twinslot::code {

struct library::impl {
  std::string path;
  after then = after::keep_file;
  bool thread_local_destructors = false;
  boost::dll::shared_library opened;
  abi::entry entry = nullptr;
};

namespace {
/// The system's loader has a lock of its own around this; one that ThreadSanitizer does not see. Without, a library
/// looks shared with the thread that closed an earlier one at the same address. Recursive as the loader's is.
std::recursive_mutex& loader_order() {
  static auto& mutex = *new std::recursive_mutex;
  return mutex;
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
}

const std::string& library::path() const noexcept {
  return impl_->path;
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
  } catch (const std::exception& thrown) {  // by a constructor; the trial is there to meet these first
    return error{tuple("threw", string(thrown.what()))};
  } catch (...) {
    return error{tuple("threw", string("unknown"))};
  }
  return made;
}

std::optional<term> library::close() {
  if (!impl_->opened.is_loaded())
    return {};
  impl_->entry = nullptr;
  {
    const std::lock_guard one_at_a_time(loader_order());
    impl_->opened.unload();
  }
  if (os::is_mapped(impl_->path))  // the file stays too: a debugger may want it
    return term(impl_->thread_local_destructors ? "thread_local_destructors"_atom : "held"_atom);
  if (impl_->then == after::remove_file)
    static_cast<void>(os::delete_file(impl_->path));  // the cache directory is removed as a whole anyway
  return {};
}
}  // namespace twinslot::code
