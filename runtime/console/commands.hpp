// runtime/console/commands.hpp - module c: what a person asks of the console without a module name.
//
// Natives like any other, so c:l(counter) works in every process; help/0 lists them, h(c) tells what they do.
// Source: OTP's c and shell; H01-H13.
#pragma once
#include "runtime/process/native.hpp"

#include <span>

namespace twinslot::console {
std::span<const native> commands();
}  // namespace twinslot::console
