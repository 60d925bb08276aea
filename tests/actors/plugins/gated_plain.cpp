// gated without a load hook.
#include <twinslot/module.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(gated, "plain") {
  return ts::module().function("vsn", [] { return ts::atom("plain"); });
}
