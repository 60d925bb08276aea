// runtime/process/caf_headers.hpp - the part of CAF that the glue needs, and what ThreadSanitizer must be told of it.
// The packaged libcaf is not instrumented: what it orders by its own atomics (reference counts, run queues) looks
// unordered to TSan. The two functions say it: all that was done before `tsan_releases(x)` happens before what follows
// `tsan_acquires(x)`.
#pragma once
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/attachable.hpp>
#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/system_messages.hpp>

#if defined(__SANITIZE_THREAD__)
#define TWINSLOT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TWINSLOT_TSAN 1
#endif
#endif

#ifdef TWINSLOT_TSAN
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
namespace twinslot {
inline void tsan_acquires(void* address) noexcept {
  __tsan_acquire(address);
}
inline void tsan_releases(void* address) noexcept {
  __tsan_release(address);
}
}  // namespace twinslot
#else
namespace twinslot {
inline void tsan_acquires(void*) noexcept {}
inline void tsan_releases(void*) noexcept {}
}  // namespace twinslot
#endif
