// runtime/code/version.cpp
#include "runtime/code/version.hpp"

#include "runtime/code/library.hpp"

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

void version::bind(pid process) {
  const std::lock_guard lock(binds_mutex_);
  binds_.insert(process.id);
}

void version::unbind(pid process) {
  const std::lock_guard lock(binds_mutex_);
  binds_.erase(process.id);
}

std::vector<pid> version::bound() const {
  std::vector<pid> all;
  {
    const std::lock_guard lock(binds_mutex_);
    for (std::uint64_t id : binds_)
      all.push_back(pid{id, 0});
  }
  std::sort(all.begin(), all.end());
  return all;
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
bool version::is_needed() const {
  if (pin_count() != 0)
    return true;
  TWINSLOT_INTERLEAVE();
  const std::lock_guard lock(binds_mutex_);
  return !binds_.empty();
}
}  // namespace twinslot::code
