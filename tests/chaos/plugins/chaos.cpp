// chaos in four versions, from one source: 1 and 2 have one layout, 3 and 4 another one. Each state says which layout
// it has, each request which number it has: a callback that finds something else ends its server with the reason why.
#include <twinslot/gen_server.hpp>
#include <twinslot/handler.hpp>
#include <twinslot/std/string.hpp>
#include <twinslot/std/vector.hpp>

#include <unistd.h>

namespace ts = twinslot;

constexpr std::int64_t version = CHAOS_VSN;
constexpr bool is_wide = version >= 3;
constexpr std::int64_t layout = is_wide ? 2 : 1;

struct narrow {
  std::int64_t sum = 0;
  std::int64_t last = 0;  // the number of the last request
  std::int64_t ticks = 0;
  bool stubborn = false;  // goes to no other layout
  std::int64_t narrow_mark = 1;
};
template <class Inspector>
bool inspect(Inspector& f, narrow& x) {
  return f.object(x).fields(f.field("sum", x.sum), f.field("last", x.last), f.field("ticks", x.ticks),
                            f.field("stubborn", x.stubborn), f.field("narrow_mark", x.narrow_mark));
}

struct wide {
  std::int64_t sum = 0;
  std::int64_t last = 0;
  std::int64_t ticks = 0;
  bool stubborn = false;
  std::string note = "a note that is too long for any small buffer of a string";
  std::vector<std::int64_t> history;  // the last few numbers
  std::int64_t wide_mark = 2;
};
template <class Inspector>
bool inspect(Inspector& f, wide& x) {
  return f.object(x).fields(f.field("sum", x.sum), f.field("last", x.last), f.field("ticks", x.ticks),
                            f.field("stubborn", x.stubborn), f.field("note", x.note), f.field("history", x.history),
                            f.field("wide_mark", x.wide_mark));
}
using state = std::conditional_t<is_wide, wide, narrow>;

void check(const state& s) {
#if CHAOS_VSN >= 3
  const std::int64_t mark = s.wide_mark;
#else
  const std::int64_t mark = s.narrow_mark;
#endif
  if (mark != layout)
    ts::raise_exit(ts::tuple("new_code_met_old_state", mark, version));
}

void add(state& s, std::int64_t number, std::int64_t amount) {
  check(s);
  if (number != s.last + 1)
    ts::raise_exit(ts::tuple("out_of_order", s.last, number));
  s.last = number;
  s.sum += amount;
#if CHAOS_VSN >= 3
  s.history.push_back(number);
  if (s.history.size() > 5)
    s.history.erase(s.history.begin());
#endif
}

#if CHAOS_VSN >= 3
wide up(narrow old, ts::term extra) {
  if (old.stubborn || extra == "refuse"_atom)
    ts::raise_error(ts::tuple("stubborn", old.sum));
  if (extra.is_tagged("busy"_atom, 2))
    ::usleep(static_cast<::useconds_t>(extra[1].as_int64() * 1000));
  wide made;
  made.sum = old.sum;
  made.last = old.last;
  made.ticks = old.ticks;
  return made;
}
narrow down(wide s) {
  if (s.stubborn)
    ts::raise_error(ts::tuple("stubborn", s.sum));
  return {s.sum, s.last, s.ticks, false, 1};
}
#endif

TWINSLOT_MODULE(chaos, CHAOS_VSN_TEXT) {
  return ts::gen_server<state>()
      .init([](std::int64_t pause_us) {
        ::usleep(static_cast<::useconds_t>(pause_us));
        return state{};
      })
      .call("add",
            [](state& s, std::int64_t number, std::int64_t amount) {
              add(s, number, amount);
              return ts::tuple(version, s.sum);
            })
      .cast("add", [](state& s, std::int64_t number, std::int64_t amount) { add(s, number, amount); })
      .call("ping",
            [](const state& s) {
              check(s);
              return version;
            })
      .call("stubborn",
            [](state& s, bool is) {
              check(s);
              s.stubborn = is;
              return "ok"_atom;
            })
      .call("busy",
            [](const state& s, std::int64_t time_us) {
              ::usleep(static_cast<::useconds_t>(time_us));
              check(s);
              return "ok"_atom;
            })
      .call("relay",
            [](state& s, ts::self self, ts::pid other, std::int64_t pause_ms) -> ts::task<ts::term> {
              check(s);
              const std::string kept = "what a frame holds, and is too long for a small buffer";
              ts::term heard = "nothing"_atom;
              try {
                heard = co_await self.call(other, "ping"_atom, 50);
              } catch (const ts::exception&) {
              }
              co_await self.sleep(pause_ms);
              check(s);
              co_return ts::tuple(version, heard, static_cast<std::int64_t>(kept.size()));
            })
      .call("tick_soon",
            [](const state&, ts::self& self, std::int64_t time_ms) {
              self.send_after(time_ms, self.pid(), "tick"_atom);
              return "ok"_atom;
            })
      .info("tick",
            [](state& s) {
              check(s);
              ++s.ticks;
            })
#if CHAOS_VSN >= 3
      .code_change("1", up)
      .code_change("2", up)
      .code_change_down("1", down)
      .code_change_down("2", down)
#endif
      ;
}
