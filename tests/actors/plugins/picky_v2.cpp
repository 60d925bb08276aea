// picky 2: a number and the Extra of its change. It takes no 13; Extra {busy,Ms} takes its time,
// {busy,Number,Ms} that of one of them, {throw,Value} throws. A number from 100,000 takes as many microseconds.
#include <twinslot/gen_server.hpp>

#include <unistd.h>

namespace ts = twinslot;

struct picky {
  std::int64_t number = 0;
  ts::term extra;
};
template <class Inspector>
bool inspect(Inspector& f, picky& x) {
  return f.object(x).fields(f.field("number", x.number), f.field("extra", x.extra));
}

TWINSLOT_MODULE(picky, "2") {
  return ts::gen_server<picky>("picky")
      .init([](std::int64_t number) {
        return picky{number, {}};
      })
      .call("version", [](const picky&) { return "two"_atom; })
      .code_change("1", [](std::int64_t number, ts::term extra) {
        if (number == 13)
          ts::raise_error("unlucky");
        if (number >= 100'000)
          ::usleep(static_cast<::useconds_t>(number));
        if (extra.is_tagged("busy"_atom, 2))
          ::usleep(static_cast<::useconds_t>(extra[1].as_int64() * 1000));
        if (extra.is_tagged("busy"_atom, 3) && extra[1] == ts::term(number))
          ::usleep(static_cast<::useconds_t>(extra[2].as_int64() * 1000));
        if (extra.is_tagged("throw"_atom, 2))
          throw ts::exception{ts::atom("throw"), extra[1], {}};
        return picky{number, extra};
      });
}
