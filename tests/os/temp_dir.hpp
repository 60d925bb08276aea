// tests/os/temp_dir.hpp - a directory that is gone after the test.
#pragma once
#include "runtime/os/file.hpp"

namespace twinslot::os {
class scoped_dir {
public:
  scoped_dir() : path_(make_temp_dir(temp_dir(), "twinslot-test-").value()) {}
  ~scoped_dir() { static_cast<void>(remove_tree(path_)); }
  scoped_dir(const scoped_dir&) = delete;
  scoped_dir& operator=(const scoped_dir&) = delete;
  const std::string& path() const noexcept { return path_; }
  std::string operator/(const std::string& name) const { return join(path_, name); }

private:
  std::string path_;
};
}  // namespace twinslot::os
