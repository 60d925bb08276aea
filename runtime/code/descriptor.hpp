// runtime/code/descriptor.hpp - is what a plugin's entry returned what abi.hpp says? Asked by the trial and the loader.
#pragma once
#include "runtime/sdk/twinslot/abi.hpp"
#include "runtime/term/result.hpp"

#include <string_view>

namespace twinslot::code {

/// Calls the entry and checks what it returns, pointer by pointer, so that nobody else has to.
/// Errors: {bad_descriptor, Why}: host_too_old; threw; wrote_host_table; {version, Found, Wanted}; {bytes, Found,
/// Wanted}; {module_name, Found}; {function, Index | Name, Problem}; {server, Callback}.
result<const abi::module_info*> describe(abi::entry entry, const abi::host_table& host, std::string_view module);
}  // namespace twinslot::code
