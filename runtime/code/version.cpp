// runtime/code/version.cpp
#include "runtime/code/version.hpp"

#include "runtime/code/library.hpp"
#include "runtime/term/fun_keeper.hpp"

#include <algorithm>
#include <string_view>

#ifndef TWINSLOT_INTERLEAVE  // as in table.cpp
#define TWINSLOT_INTERLEAVE() static_cast<void>(0)
#endif

namespace twinslot::code {
namespace {
std::uint64_t key_of(atom name, std::size_t arity) noexcept {
  return std::uint64_t{name.index()} << 8 | (arity & 0xFF);
}
}  // namespace

image::image(atom name, const abi::module_info& described) : module(name), info(&described) {}
image::image(image&&) noexcept = default;
image::~image() = default;

version::version() = default;
version::~version() = default;

const abi::exported* version::find(atom name, std::size_t arity) const noexcept {
  if (arity > 0xFF)
    return nullptr;
  const auto found = functions_.find(key_of(name, arity));
  return found == functions_.end() ? nullptr : found->second;
}

term version::make_fun(atom name, std::uint64_t arity, term given) {
  births_.fetch_add(1, std::memory_order_seq_cst);
  {
    const std::lock_guard lock(funs_mutex_);
    if (!funs_) {
      funs_ = new fun_keeper;
      funs_->version = this;
    }
    funs_->hold();
  }
  auto* made = static_cast<fun_cell*>(host::make_cell(kind::fun, 0, sizeof(fun_cell)));
  made->flags = fun_is_of_plugin;
  made->module = term(module_).detach();
  made->name = term(name).detach();
  made->environment = given.detach();
  made->arity = arity;
  made->unique = funs_->unique();
  raw_term bits = term::bits(kind::fun);
  bits.box = made;
  return term::adopt(bits);
}

std::uint64_t version::fun_count() const {
  const std::lock_guard lock(funs_mutex_);
  return funs_ ? funs_->references.load(std::memory_order_seq_cst) - 1 : 0;
}

std::uint64_t version::thread_count() const noexcept {
  return library_ ? library_->thread_count() : 0;
}

void binds::add(std::uint64_t process) {
  part& home = of(process);
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(home.mutex);
  ++home.by_process.try_emplace(process, part::entry{now, 0}).first->second.count;
}

void binds::remove(std::uint64_t process) {
  part& home = of(process);
  const std::lock_guard lock(home.mutex);
  const auto found = home.by_process.find(process);
  TWINSLOT_ASSERT(found != home.by_process.end());
  if (--found->second.count == 0)
    home.by_process.erase(found);
}

std::optional<binds::time> binds::since(std::uint64_t process) const {
  const part& home = of(process);
  const std::lock_guard lock(home.mutex);
  const auto found = home.by_process.find(process);
  if (found == home.by_process.end())
    return {};
  return found->second.since;
}

std::vector<pid> binds::all() const {
  std::vector<pid> found;
  for (std::size_t i = 0; i < part_count; ++i) {
    const std::lock_guard lock(parts_[i].mutex);
    for (const auto& [id, entry] : parts_[i].by_process)
      found.push_back(pid{id, 0});
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool binds::none() const {
  for (std::size_t i = 0; i < part_count; ++i) {
    const std::lock_guard lock(parts_[i].mutex);
    if (!parts_[i].by_process.empty())
      return false;
  }
  return true;
}

binding version::bind(pid process) {
  births_.fetch_add(1, std::memory_order_seq_cst);
  binds_.add(process.id);
  return {this, process.id};
}

void binding::give_back(version& from, std::uint64_t process) noexcept {
  from.binds_.remove(process);
}

std::vector<pid> version::bound() const {
  return binds_.all();
}

std::optional<std::chrono::steady_clock::time_point> version::bound_since(pid process) const {
  return binds_.since(process.id);
}

void version::become(image made) {
  module_ = made.module;
  info_ = made.info;
  vsn_ = std::move(made.vsn);
  md5_ = std::move(made.md5);
  origin_ = std::move(made.origin);
  library_ = std::move(made.file);
  for (std::uint32_t i = 0; i < info_->function_count; ++i)
    functions_.emplace(key_of(atom(info_->functions[i].name), info_->functions[i].arity), &info_->functions[i]);
}

std::optional<term> version::close() {
  functions_.clear();
  if (info_->close) {
    try {
      info_->close(info_->data);
    } catch (...) {  // it promised not to; what it threw is destroyed here, while its code is there
    }
  }
  info_ = nullptr;
  if (funs_) {
    funs_->version = nullptr;
    std::exchange(funs_, nullptr)->drop();
  }
  std::optional<term> stayed;
  if (library_)
    stayed = library_->close();
  library_.reset();
  vsn_ = {};
  md5_ = {};
  origin_.clear();
  return stayed;
}

/// The order matters: table.hpp says why.
version::need version::needed() const {
  const auto births = births_.load(std::memory_order_seq_cst);
  if (pin_count() != 0)
    return need::code;
  TWINSLOT_INTERLEAVE();
  if (!binds_.none())
    return need::code;
  // A thread is counted by code that runs under a pin or a bind, or in another such thread.
  const bool has_funs = fun_count() != 0 || thread_count() != 0;
  TWINSLOT_INTERLEAVE();
  if (births_.load(std::memory_order_seq_cst) != births)
    return need::code;
  return has_funs ? need::funs : need::nothing;
}
}  // namespace twinslot::code
