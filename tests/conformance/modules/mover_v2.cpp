// mover_v2.cpp - moved to from mover_v1: Extra says what code_change does. {return,Value} returns it as it is,
// {raise,Class,Reason} raises, anything else is kept in the new state.
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

namespace {
void obey(const ts::term& extra) {
  if (extra.is_tagged(ts::atom("return"), 2))
    throw ts::exception{ts::atom("throw"), extra[1], {}};  // what is thrown counts as returned
  if (extra.is_tagged(ts::atom("raise"), 3))
    throw ts::exception{extra[1].as_atom(), extra[2], {}};
}
}  // namespace

TWINSLOT_MODULE(mover, "2") {
  return ts::gen_server<ts::term>()
      .init([](ts::term first) { return first; })
      .call("version", [](const ts::term&) { return 2; })
      .call("get", [](const ts::term& kept) { return kept; })
      .call("set", [](ts::term& kept, ts::term now) { kept = now; })
      .cast("set", [](ts::term& kept, ts::term now) { kept = now; })
      .code_change("1",
                   [](ts::term kept, ts::term extra) {
                     obey(extra);
                     return ts::tuple("moved", kept, extra);
                   })
      .code_change("2",
                   [](ts::term kept, ts::term extra) {
                     obey(extra);
                     return kept;
                   })
      .code_change_down("1",
                        [](ts::term moved, ts::term extra) {
                          obey(extra);
                          return moved.is_tuple(3) ? moved[1] : moved;  // as init left it
                        })
      .function("version", [] { return 2; })
      .function("only_two", [] { return ts::atom("two"); })
      .function("fail", [] { ts::raise_error(ts::tuple("failed_in", 2)); })
      .function("constant",
                [] { return ts::tuple("constant", ts::list(ts::string("text"), ts::binary("bytes"), "by", 2)); })
      .function("nap", [](ts::self& self, ts::pid to, std::int64_t ms) {
        self.send(to, "napping");
        self.apply("timer", "sleep", ms);
        return ts::atom("woke_up");
      });
}
