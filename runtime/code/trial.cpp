// runtime/code/trial.cpp
#include "runtime/code/trial.hpp"

#include "runtime/code/probe_guard.hpp"
#include "runtime/os/child.hpp"
#include "runtime/os/executable_path.hpp"
#include "runtime/os/file.hpp"
#include "runtime/os/md5.hpp"
#include "runtime/term/external.hpp"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <random>
#include <unordered_set>

namespace twinslot::code {
namespace {
constexpr const char* probe_name = "twinslot-probe";
constexpr std::chrono::seconds grace{5};  // the helper keeps the deadline itself, and ends what the file started

std::string random_digits() {
  std::random_device source;
  std::string bytes;
  for (int i = 0; i < 16; ++i)
    bytes += static_cast<char>(source());
  return os::hex(bytes);
}

/// The helper's verdict: ok or a reason. Empty: it gave none.
std::optional<term> verdict_of(const os::ended& end, const std::string& nonce) {
  if (!std::string_view(end.report).starts_with(nonce))
    return {};
  auto verdict = bytes_to_term(std::string_view(end.report).substr(nonce.size()));
  if (!verdict)
    return {};
  return *verdict;
}

error failed(term why) {
  return error{tuple("trial_failed", std::move(why))};
}
}  // namespace

std::vector<std::string> probe_places() {
  std::vector<std::string> places;
  if (const char* chosen = std::getenv("TWINSLOT_PROBE"); chosen && *chosen)
    places.emplace_back(chosen);
  if (const std::string self = os::executable_path(); !self.empty()) {
    const std::string directory = os::dir_name(self);
    places.push_back(os::join(directory, probe_name));
    places.push_back(os::join(os::dir_name(directory), std::string("libexec/twinslot/") + probe_name));
  }
#ifdef TWINSLOT_PROBE_BUILT
  // For tests and examples; to a program that is installed the build tree is nothing.
  if (os::executable_path().starts_with(TWINSLOT_BUILD_TREE "/"))
    places.emplace_back(TWINSLOT_PROBE_BUILT);
#endif
#ifdef TWINSLOT_PROBE_INSTALLED
  places.emplace_back(TWINSLOT_PROBE_INSTALLED);
#endif
  return places;
}

struct trial::impl {
  std::string given;
  std::chrono::milliseconds deadline;
  std::uint64_t memory_bytes;
  std::mutex mutex;
  std::string probe;
  std::unordered_set<std::string> passed;  // {content, module} of files
  std::atomic<std::uint64_t> started{0};

  result<std::string> find_probe();
};

result<std::string> trial::impl::find_probe() {
  if (!given.empty())
    return given;
  const std::lock_guard guard(mutex);
  if (!probe.empty())
    return probe;
  std::vector<term> tried;
  for (const std::string& place : probe_places()) {
    if (os::is_regular(place))
      return probe = place;
    tried.push_back(string(place));
  }
  return failed(tuple("no_probe", list_of(tried.data(), tried.size())));
}

trial::trial(std::string probe, std::chrono::milliseconds deadline, std::uint64_t memory_bytes)
    : impl_(std::make_unique<impl>()) {
  impl_->given = std::move(probe);
  impl_->deadline = deadline;
  impl_->memory_bytes = memory_bytes;
}

trial::~trial() = default;

std::uint64_t trial::started() const noexcept {
  return impl_->started;
}

result<void> trial::run(const candidate& what) {
  const std::string key = what.content + what.module;
  {
    const std::lock_guard guard(impl_->mutex);
    if (impl_->passed.contains(key))
      return {};
  }
  auto probe = impl_->find_probe();
  if (!probe)
    return probe.error();
  const std::string nonce = random_digits();
  ++impl_->started;
  auto end = os::run({.arguments = {*probe, "--report", nonce, std::to_string(impl_->deadline.count()),
                                    std::to_string(impl_->memory_bytes), what.path, what.module},
                      .deadline = impl_->deadline + grace,
                      .report = true});
  if (!end)
    return failed(tuple("probe", end.reason(), string(*probe)));
  auto verdict = verdict_of(*end, nonce);
  if (!verdict)
    return failed(end->reason());
  if (end->how == os::ending::exited && end->code == processes_left_status)
    return failed("processes_left");
  const bool stayed = verdict->is_tagged("stayed_mapped"_atom, 2);
  if (*verdict == "ok"_atom || (stayed && what.thread_local_destructors)) {
    const std::lock_guard guard(impl_->mutex);
    impl_->passed.insert(key);
    return {};
  }
  for (atom passed_on : {"missing_symbol"_atom, "missing_library"_atom, "bad_descriptor"_atom})
    if (verdict->is_tagged(passed_on, 2))
      return error{*verdict};
  return failed(*verdict);
}
}  // namespace twinslot::code
