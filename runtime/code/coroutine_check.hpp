// runtime/code/coroutine_check.hpp - what g++ 12 makes wrong of a coroutine, found in its own account of what it made.
//
// Two bugs of that compiler end a node by memory that is freed twice or by a frame that is read at the wrong place:
//   - A value that is made member by member (a lambda with captures by value, an aggregate, a braced list) within a
//     full expression with co_await: the members first get places of their own in the frame, are copied bit by bit,
//     and then both are destroyed. So is the result of `c ? co_await a : co_await b` that is no number.
//   - `if (co_await a)`, `while (co_await a)` and `switch (co_await a)` where the function's outermost block has no
//     variable: the condition takes the first place of the frame, which is that of the function to resume.
// No type tells, so the SDK's headers cannot refuse it. The compiler's dump of its trees (-fdump-tree-original) shows
// both beyond doubt: a plain assignment from a temporary that is destroyed, and the order of the frame's members.
//
// c/1 (console/compile_plugin.cpp) and twinslot_add_plugin() (twinslot-probe --compile) look at each plugin in whose
// source there is a coroutine, with the compilers that need it (cmake/TwinslotPlugin.cmake). Any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::code {

/// Whether a source may contain coroutines.
bool may_have_coroutines(std::string_view source);

/// Whether a compiler with these arguments is to be asked for its trees: not with sanitizers, as what UBSan puts around
/// an expression is told once for each place that it is in (14 GB for a file of 200 lines).
bool tells_trees(const std::vector<std::string>& arguments);

/// One sentence for each thing that the compiler made wrong: what, in which function, what to write. None: all is well.
std::vector<std::string> wrong_coroutines(std::string_view dump);

/// What to tell the author of `source` beside the compiler's own `messages`: lines in a compiler's form, or nothing.
/// The dump is removed; a file that is not there tells nothing.
std::string complaints_about(const std::string& source, std::string_view messages, const std::string& dump_file);
}  // namespace twinslot::code
