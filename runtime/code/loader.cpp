// runtime/code/loader.cpp
#include "runtime/code/loader.hpp"

#include "runtime/code/cache.hpp"
#include "runtime/code/constructors.hpp"
#include "runtime/code/descriptor.hpp"
#include "runtime/code/library.hpp"
#include "runtime/code/note.hpp"
#include "runtime/code/stamp.hpp"
#include "runtime/code/trial.hpp"
#include "runtime/os/elf.hpp"
#include "runtime/os/file.hpp"
#include "runtime/os/fingerprint.hpp"
#include "runtime/os/mapped.hpp"
#include "runtime/os/md5.hpp"
#include "runtime/term/arithmetic.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace twinslot::code {
namespace {
constexpr std::uint64_t file_limit_bytes = std::uint64_t{1} << 30;
constexpr std::size_t shown_names = 5;  // of unique symbols in an error
constexpr std::size_t mark_bytes = 4;   // of the build-id in a copy's name
constexpr std::size_t known_limit = 256;
constexpr std::string_view thread_local_registrations[] = {"__cxa_thread_atexit", "__cxa_thread_atexit_impl"};

// What they register is called later, whatever has become of the library, and nothing tells that it is there.
constexpr std::string_view outliving[] = {"on_exit", "__cxa_at_quick_exit", "at_quick_exit", "timer_create",
                                          "mq_notify"};

/// What the bytes of a plugin file tell, and nothing else: the same for the same bytes.
struct findings {
  std::string md5;  // of what is loaded; fits the stamp
  code::note note;
  std::string mark;                          // for a copy's name
  std::vector<std::uint64_t> run_by_loader;  // os::elf_file::run_by_loader
  bool thread_local_destructors = false;
};

/// Puts the path where each error has it: {Tag, Path, Details...}.
error naming(const std::string& path, const term& reason) {
  if (!reason.is_tuple())
    return error{tuple("badfile", string(path), reason)};
  std::vector<term> parts(reason.elements(), reason.elements() + reason.size());
  parts.insert(parts.begin() + 1, string(path));
  return error{tuple_of(parts.data(), parts.size())};
}

error bad_file(term why) {
  return error{tuple("badfile", std::move(why))};
}

result<std::string> read_plugin(const std::string& path) {
  if (path.find('\0') != std::string::npos)
    return error{tuple("nofile")};
  auto bytes = os::read_regular_file(path, file_limit_bytes);
  if (bytes)
    return bytes;
  const term& reason = bytes.reason();
  if (reason == "enoent"_atom || reason == "enotdir"_atom)
    return error{tuple("nofile")};
  if (reason == "eisdir"_atom)
    return bad_file("directory");
  if (reason == "not_regular"_atom || reason.is_tuple())
    return bad_file(reason);
  return bad_file(tuple("unreadable", reason));
}

/// Nothing that keeps a closed library in memory, or makes two versions share what is theirs.
result<void> check_unloadable(const os::elf_file& file) {
  std::vector<term> unique;
  for (const os::elf_symbol& symbol : file.symbols)
    if (symbol.unique && unique.size() < shown_names)
      unique.push_back(string(symbol.name));
  if (!unique.empty())
    return error{tuple("unloadable", tuple("unique_symbols", list_of(unique.data(), unique.size())))};
  if (file.nodelete)
    return error{tuple("unloadable", "nodelete")};
  if (file.static_tls)  // a reserve that a closed library does not give back
    return error{tuple("unloadable", "static_tls")};
  std::vector<term> outlives;
  for (std::string_view name : outliving)
    if (const os::elf_symbol* found = file.find(name); found && !found->defined)
      outlives.push_back(string(name));
  if (!outlives.empty())
    return error{tuple("unloadable", tuple("outlives", list_of(outlives.data(), outlives.size())))};
  return {};
}

/// Some digits of the build-id, or of the checksum where there is none.
std::string mark_of(const os::elf_file& file, const std::string& md5) {
  const std::string_view id = file.build_id.size() >= mark_bytes ? file.build_id : std::string_view(md5);
  return os::hex(id.substr(0, mark_bytes));
}

bool registers_thread_local_destructors(const os::elf_file& file) {
  return std::any_of(std::begin(thread_local_registrations), std::end(thread_local_registrations),
                     [&](std::string_view name) { return file.find(name) != nullptr; });
}

/// Everything that can be told without opening the file. Errors lack the path.
result<findings> examine(std::string_view bytes) {
  const auto elf = os::read_elf(bytes);
  if (!elf)
    return bad_file(elf.reason());
  auto sum = checked_sum(bytes, *elf);
  if (!sum)
    return sum.error();
  auto note = read_note(*elf);
  if (!note)
    return note.error();
  const os::elf_symbol* entry = elf->find(abi::entry_symbol);
  if (!entry || !entry->defined)
    return error{tuple("missing_symbol", string(abi::entry_symbol))};
  if (auto unloadable = check_unloadable(*elf); !unloadable)
    return unloadable.error();
  std::string mark = mark_of(*elf, *sum);
  return findings{std::move(*sum), std::move(*note), std::move(mark), elf->run_by_loader,
                  registers_thread_local_destructors(*elf)};
}

/// The author's version as a string, or the checksum as a number (C34).
term vsn_of(const findings& file) {
  if (!file.note.vsn.empty())
    return string(file.note.vsn);
  std::string md5 = file.md5;
  std::reverse(md5.begin(), md5.end());  // its first byte counts most
  return integer_from_bytes(md5, false);
}

/// Between two steps of a load: a worker that the load has displaced from its core goes on with its message first, and
/// no client waits for a whole load.
void let_others_run() {
  std::this_thread::yield();
}

about about_file(const findings& file) {
  return {file.note.module, vsn_of(file), binary(file.md5)};
}
}  // namespace

struct loader::impl {
  impl(table& home, const abi::host_table& host_functions, loader_options chosen)
      : versions(home),
        host(host_functions),
        options(std::move(chosen)),
        copies(options.cache_directory),
        trials(options.probe, options.trial_deadline, options.trial_memory_bytes) {}
  table& versions;
  const abi::host_table& host;
  const loader_options options;
  cache copies;
  trial trials;
  // By fingerprint: what was opened before, so that all checks of its bytes, which are the same, would end as then.
  std::mutex known_mutex;
  std::unordered_map<std::string, std::shared_ptr<const findings>> known;

  std::shared_ptr<const findings> find_known(const std::string& content);
  void remember(const std::string& content, std::shared_ptr<const findings> what);
  result<prepared> prepare(atom module, const std::string& path, result<std::string> bytes);
  result<std::unique_ptr<library>> open_copy(const std::string& copy);
  result<const abi::module_info*> start(std::unique_ptr<library>& opened, const findings& file, bool was_open);
  result<prepared> open(atom module, const std::string& path, const findings& file, const std::string& content,
                        const std::string& copy, bool was_open);
};

std::shared_ptr<const findings> loader::impl::find_known(const std::string& content) {
  const std::lock_guard guard(known_mutex);
  const auto found = known.find(content);
  return found == known.end() ? nullptr : found->second;
}

void loader::impl::remember(const std::string& content, std::shared_ptr<const findings> what) {
  const std::lock_guard guard(known_mutex);
  if (known.size() >= known_limit)
    known.clear();
  known.insert_or_assign(content, std::move(what));
}

/// Errors lack the path. `bytes` were read once: what was checked is what is copied, whatever happens to the file.
result<prepared> loader::impl::prepare(atom module, const std::string& path, result<std::string> bytes) {
  if (!bytes)
    return bytes.error();
  const std::string content = os::fingerprint_of(*bytes);
  auto seen = find_known(content);
  const bool was_open = seen != nullptr;
  if (!was_open) {
    auto examined = examine(*bytes);
    if (!examined)
      return examined.error();
    seen = std::make_shared<const findings>(std::move(*examined));
  }
  const findings& file = *seen;
  if (file.note.module != module.text())
    return bad_file(tuple("module_name", string(file.note.module)));
  if (file.thread_local_destructors && !options.accept_thread_local_destructors)
    return error{tuple("unloadable", "thread_local_destructors")};
  let_others_run();
  withhold_constructors(*bytes, file.run_by_loader);
  auto copy = copies.store(file.note.module, file.mark, *bytes);
  if (!copy)
    return copy.error();
  let_others_run();
  auto made = open(module, path, file, content, *copy, was_open);
  if (made)
    remember(content, seen);
  else if (!os::is_mapped(*copy))
    static_cast<void>(os::delete_file(*copy));
  return made;
}

result<std::unique_ptr<library>> loader::impl::open_copy(const std::string& copy) {
  auto opened = library::open(copy, library::after::remove_file);
  if (opened)
    return opened;
  const atom what = opened.reason()[0].as_atom();
  const bool new_here = what == "open"_atom || what == "threw"_atom || what == "loader_held"_atom;
  return new_here ? error{tuple("open_failed", opened.reason())} : opened.error();
}

/// Constructors, then the entry: the first code of the plugin that runs in this process.
result<const abi::module_info*> loader::impl::start(std::unique_ptr<library>& opened, const findings& file,
                                                    bool was_open) {
  const auto info = std::make_shared<result<const abi::module_info*>>(nullptr);
  const auto describe_it = [info, of = opened.get(), &table = host, module = file.note.module] {
    *info = describe(*of, table, module);
  };
  // Bytes whose constructors came to their end in this process need no other thread.
  const auto patience = was_open ? std::chrono::milliseconds(0) : options.trial_deadline;
  const auto started = opened->start(describe_it, {.start = patience, .end = options.trial_deadline});
  if (started)
    return *info;
  if (started.reason() == "timeout"_atom)
    static_cast<void>(opened.release());  // its code still runs
  return error{tuple("open_failed", started.reason())};
}

result<prepared> loader::impl::open(atom module, const std::string& path, const findings& file,
                                    const std::string& content, const std::string& copy, bool was_open) {
  auto tried = trials.run({.path = copy,
                           .module = file.note.module,
                           .content = content,
                           .thread_local_destructors = file.thread_local_destructors});
  if (!tried)
    return tried.error();
  auto opened = open_copy(copy);
  if (!opened)
    return opened.error();
  let_others_run();
  if (file.thread_local_destructors)
    (*opened)->expect_thread_local_destructors();
  auto info = start(*opened, file, was_open);
  if (!info)
    return info.error();
  let_others_run();
  image made(module, **info);
  made.vsn = vsn_of(file);
  made.md5 = binary(file.md5);
  made.origin = path;
  made.file = std::move(*opened);
  return versions.prepare(std::move(made));
}

loader::loader(table& versions, const abi::host_table& host, loader_options options)
    : impl_(std::make_unique<impl>(versions, host, std::move(options))) {}

loader::~loader() = default;

result<prepared> loader::prepare(atom module, const std::string& path) {
  auto made = impl_->prepare(module, path, read_plugin(path));
  if (!made)
    return naming(path, made.reason());
  return made;
}

result<prepared> loader::prepare_bytes(atom module, std::string bytes, const std::string& origin) {
  auto made = impl_->prepare(module, origin, std::move(bytes));
  if (!made)
    return naming(origin, made.reason());
  return made;
}

result<term> loader::md5_of(const std::string& path) const {
  auto found = about(path);
  if (!found)
    return found.error();
  return found->md5;
}

result<about> loader::about(const std::string& path) const {
  const auto bytes = read_plugin(path);
  if (!bytes)
    return naming(path, bytes.reason());
  auto examined = examine(*bytes);
  if (!examined)
    return naming(path, examined.reason());
  return about_file(*examined);
}

result<about> loader::about_bytes(std::string_view bytes) const {
  auto examined = examine(bytes);
  if (!examined)
    return naming("", examined.reason());
  return about_file(*examined);
}

std::uint64_t loader::trial_count() const noexcept {
  return impl_->trials.started();
}

std::string loader::cache_directory() const {
  return impl_->copies.directory();
}
}  // namespace twinslot::code
