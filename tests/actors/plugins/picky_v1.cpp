// picky 1: a server whose state is a number; {busy,Ms} occupies its thread.
#include <twinslot/gen_server.hpp>

#include <unistd.h>

namespace ts = twinslot;

TWINSLOT_MODULE(picky, "1") {
  return ts::gen_server<std::int64_t>("picky")
      .init([](std::int64_t number) { return number; })
      .call("version", [](const std::int64_t&) { return "one"_atom; })
      .call("busy", [](std::int64_t&, std::int64_t time_ms) {
        ::usleep(static_cast<::useconds_t>(time_ms * 1000));
        return "ok"_atom;
      });
}
