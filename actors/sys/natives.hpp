// actors/sys/natives.hpp - module sys: suspend/1,2, resume/1,2, change_code/4,5, get_state/1,2 and so on.
#pragma once
#include "runtime/process/native.hpp"

#include <span>

namespace twinslot::sys {
std::span<const native> natives();
}  // namespace twinslot::sys
