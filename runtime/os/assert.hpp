// runtime/os/assert.hpp - our own broken promise stops the node, in every build: what follows would be worse.
#pragma once
#include <cstdio>
#include <cstdlib>

#define TWINSLOT_ASSERT(promise) \
  ((promise) ? static_cast<void>(0) : ::twinslot::os::broken_promise(#promise, __FILE__, __LINE__))

namespace twinslot::os {
[[noreturn]] inline void broken_promise(const char* promise, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: twinslot broke a promise: %s\n", file, line, promise);
  std::abort();
}
}  // namespace twinslot::os
