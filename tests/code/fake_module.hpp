// tests/code/fake_module.hpp - modules without a file: what a table needs to believe in a version.
#pragma once
#include "runtime/code/library.hpp"
#include "runtime/code/table.hpp"

#include <deque>
#include <string>

namespace twinslot::code {

/// One instance of a module. `open` says whether its code may run: its close takes that away.
struct fake_module {
  std::string name;
  std::int64_t serial;
  abi::module_info info{};
  std::atomic<bool> open{true};
  std::atomic<int> close_count{0};

  fake_module(std::string_view module, std::int64_t number) : name(module), serial(number) {
    info.version = abi::version;
    info.bytes = sizeof info;
    info.name = name.c_str();
    info.data = this;
    info.close = [](void* data) {
      auto& self = *static_cast<fake_module*>(data);
      self.open = false;
      ++self.close_count;
    };
  }
};

inline image image_of(fake_module& fake) {
  image made(atom(fake.name), fake.info);
  made.vsn = term(fake.serial);
  made.origin = "/fake/" + fake.name;
  return made;
}

inline fake_module& fake_of(const version& which) {
  return *static_cast<fake_module*>(which.info().data);
}
inline fake_module& fake_of(const pin& which) {
  return fake_of(*which.get());
}

/// A table, and every fake that was ever put into it. The fakes live longer.
struct fake_world {
  std::deque<fake_module> fakes;
  table versions;

  fake_module& make(std::string_view module, std::int64_t serial) { return fakes.emplace_back(module, serial); }
  prepared prepare(std::string_view module, std::int64_t serial) {
    return versions.prepare(image_of(make(module, serial)));
  }
  result<term> load(std::string_view module, std::int64_t serial) {
    std::vector<prepared> batch;
    batch.push_back(prepare(module, serial));
    return versions.finish(std::move(batch));
  }
};
}  // namespace twinslot::code
