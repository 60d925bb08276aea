// tests/sdk/open_here.hpp - a module whose body stands in the test itself, compiled with the test.
#pragma once
#include <twinslot/gen_server.hpp>

#include "tests/sdk/fake_host.hpp"

namespace twinslot::test {
/// One at a time: the SDK keeps its module in a global, as a plugin holds one.
inline const abi::module_info* open_here(sdk::built (*body)(), const char* name = "sample", const char* vsn = "1") {
  return sdk::enter(&fake_host_table(), name, vsn, body);
}
}  // namespace twinslot::test
