// mover_v1.cpp - a server that keeps a term, to be moved to mover_v2.
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(mover, "1") {
  return ts::gen_server<ts::term>()
      .init([](ts::term first) { return first; })
      .call("version", [](const ts::term&) { return 1; })
      .call("get", [](const ts::term& kept) { return kept; })
      .call("set", [](ts::term& kept, ts::term now) { kept = now; })
      .cast("set", [](ts::term& kept, ts::term now) { kept = now; })
      .function("version", [] { return 1; });
}
