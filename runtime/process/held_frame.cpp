#include "runtime/process/held_frame.hpp"

#include "runtime/process/node_impl.hpp"
#include "runtime/term/print.hpp"

namespace twinslot {

void held_frame::enter(process& self, code::pin held) {
  self_ = &self;
  version_.store(held.get(), std::memory_order_relaxed);
  lingers_.emplace(self, std::move(held), true);
}

void held_frame::leave() noexcept {
  lingers_.reset();
}

void held_frame::destroy() {
  abi::frame* const ended = std::exchange(frame_, nullptr);
  if (!ended)
    return;
  raw_term bits = term::bits(kind::nil);
  auto& in_destructors = self_->inside().in_destructors;
  in_destructors = true;
  const auto status = routines().destroy(ended, &bits);
  in_destructors = false;
  const term thrown = term::adopt(bits);
  if (status == abi::status::raised)
    raise_thrown(thrown);
}

void held_frame::end() noexcept {
  try {
    destroy();
  } catch (const raised& thrown) {
    self_->home().log("error"_atom,
                      format("A destructor in process ~p of module ~p raised ~p when the process ended~n",
                             list(self_->self(), version()->module(), tuple(thrown.what, thrown.reason))));
  }
  leave();
}
}  // namespace twinslot
