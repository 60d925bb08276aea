// runtime/process/poller.hpp - what comes from outside (sockets), as the workers of a node see it.
//
// A worker without a job looks after it by itself: so what arrives is handled, and the process that it is for runs, on
// one thread without a wake-up in between. Who owns the poller has a thread for the times when no worker comes by.
// Source: Go's netpoller, the BEAM's schedulers, which poll likewise.
#pragma once

namespace twinslot {

class poller {
public:
  virtual ~poller() = default;
  /// Handles some of what is ready, and never waits. True: there was something. Several workers at once.
  virtual bool poll() = 0;
  /// Whether anything may come at all.
  virtual bool has_any() const noexcept = 0;
  /// The last worker goes to rest: nobody will poll until one is woken.
  virtual void unattended() = 0;
};
}  // namespace twinslot
