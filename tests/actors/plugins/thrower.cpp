// thrower: a server that throws whatever it is told: init its argument, the callbacks their message.
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

namespace {
[[noreturn]] void throw_it(const ts::term& value) {
  throw ts::exception{ts::atom("throw"), value, {}};
}
}  // namespace

TWINSLOT_MODULE(thrower, "1") {
  return ts::gen_server<ts::term>("thrower")
      .init([](ts::term value) -> ts::term { throw_it(value); })
      .handle_call(
          [](ts::self&, const ts::term& request, const ts::term&, ts::term&) -> ts::outcome { throw_it(request); })
      .handle_cast([](ts::self&, const ts::term& message, ts::term&) -> ts::outcome { throw_it(message); });
}
