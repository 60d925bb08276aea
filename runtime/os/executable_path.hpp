// runtime/os/executable_path.hpp - where the running program lies.
#pragma once
#include <string>

namespace twinslot::os {
/// Absolute path of the running executable; empty where the system does not tell.
std::string executable_path();
}  // namespace twinslot::os
