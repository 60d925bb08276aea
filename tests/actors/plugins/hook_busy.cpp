// hook_busy: its load hook computes for a while and does not listen.
#include <unistd.h>

#include <twinslot/module.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(hook_busy, "1") {
  return ts::module().on_load([] { ::usleep(400'000); });
}
