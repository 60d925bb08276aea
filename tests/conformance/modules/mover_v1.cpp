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
      .function("version", [] { return 1; })
      .function("only_one", [] { return ts::atom("one"); })
      .function("fail", [] { ts::raise_error(ts::tuple("failed_in", 1)); })
      .function("constant",
                [] { return ts::tuple("constant", ts::list(ts::string("text"), ts::binary("bytes"), "by", 1)); })
      .function("nap", [](ts::self& self, ts::pid to, std::int64_t ms) {
        self.send(to, "napping");
        self.apply("timer", "sleep", ms);
        return ts::atom("woke_up");
      });
}
