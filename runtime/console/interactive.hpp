// runtime/console/interactive.hpp - the session of a person at a terminal. For console.cpp.
#pragma once
#include "runtime/console/session.hpp"

#include <functional>
#include <string>

namespace twinslot::console {
class line_source;

/// Reads from the terminal until the session ends; `converse` is the loop that all sessions share.
/// `intro` is printed first.
void run_at_terminal(node& home, session& told, const std::string& intro,
                     const std::function<void(line_source&)>& converse);
}  // namespace twinslot::console
