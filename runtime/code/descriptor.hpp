// runtime/code/descriptor.hpp - is what a plugin's entry returned what abi.hpp says? Asked by the trial and the loader.
//
// No pointer of a descriptor is followed before it is known to lead into memory, none is called before it is known to
// lead to the plugin's own code. Data may lie in the plugin or where its code allocated it.
#pragma once
#include "runtime/sdk/twinslot/abi.hpp"
#include "runtime/term/result.hpp"

#include <string_view>

namespace twinslot::code {
class library;

/// Calls the entry of an open file and checks what it returns, pointer by pointer, so that nobody else has to.
/// Errors: {bad_descriptor, Why}: host_too_old; threw; wrote_host_table; {version, Found, Wanted}; {bytes, Found,
/// Wanted}; {module_name, Found}; {no_memory, module_info | vsn | doc | routines | server | registered} - the pointer
/// to it leads nowhere; {no_code, entry | on_load | close | resume | offer | destroy}; {function, Count, count} - there
/// are not as many; {function, Index, name}; {function, Name, no_code | doc | {arity, Found} | twice}; {server,
/// Callback} - it is missing or no code.
result<const abi::module_info*> describe(const library& file, const abi::host_table& host, std::string_view module);
}  // namespace twinslot::code
