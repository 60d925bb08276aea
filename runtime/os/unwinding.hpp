// runtime/os/unwinding.hpp - whether an exception would end the program: asked before it is thrown.
//
// An exception that has to pass a noexcept function, as every destructor is, ends the program there. The tables that
// the compiler wrote for unwinding say so beforehand: this walks the stack as a throw would, and changes nothing. It
// takes some microseconds. g++'s code on every machine; clang's on x86-64 (elsewhere the answer may be a wrong no).
// Any thread.
#pragma once
#include <string_view>

namespace twinslot::os {

/// An exception that is thrown where the function returns to `where`, a return address on this thread's stack, and has
/// the type `type_name` (as std::type_info::name).
bool would_terminate(const void* where, std::string_view type_name) noexcept;
}  // namespace twinslot::os
