// probe.cpp - a server that does what it is told: a request {return,Value} returns Value from its callback, as it is,
// and {raise,Class,Reason} raises. probe.erl is the same for Erlang, so that one session can be typed into both.
#include <twinslot/gen_server.hpp>

#include <unistd.h>

namespace ts = twinslot;

namespace {
using ts::operator""_atom;

/// What is thrown counts as what is returned, so that a callback may return anything.
[[noreturn]] void give(const ts::term& value) {
  throw ts::exception{ts::atom("throw"), value, {}};
}
void obey(const ts::term& order) {
  if (order.is_tagged(ts::atom("return"), 2))
    give(order[1]);
  if (order.is_tagged(ts::atom("raise"), 3))
    throw ts::exception{order[1].as_atom(), order[2], {}};
}
/// {do,Module,Function,Arguments}, in the server's own process.
ts::term run(ts::self& self, const ts::term& order) {
  ts::term arguments[4];
  std::size_t count = 0;
  for (const ts::term& each : order[3].elements_of_list())
    arguments[count++] = each;
  return self.apply_terms(order[1].as_atom(), order[2].as_atom(), arguments, count);
}
/// {nap,Ms}: keeps the thread, as a long computation would.
bool naps(const ts::term& order) {
  if (!order.is_tagged(ts::atom("nap"), 2))
    return false;
  ::usleep(static_cast<::useconds_t>(order[1].as_int64() * 1000));
  return true;
}
void note(ts::term& events, const ts::term& event) {
  events = ts::cons(event, events);
}
}  // namespace

TWINSLOT_MODULE(probe, "1") {
  return ts::gen_server<ts::term>()
      .init([](ts::term order) -> ts::term {
        obey(order);
        if (naps(order))
          return {};
        return order;
      })
      .handle_call([](ts::self& self, const ts::term& request, const ts::term& from, ts::term& events) -> ts::outcome {
        obey(request);
        if (request == "from")
          return ts::reply(from);
        if (request == "get")
          return ts::reply(events);
        if (request.is_tagged(ts::atom("reply"), 3)) {  // {reply,Answer,Result}
          self.reply(ts::from{from}, request[1]);
          give(request[2]);
        }
        if (request.is_tagged(ts::atom("keep"), 2)) {  // {keep,Name}: answered by whoever has From
          self.send(request[1], from);
          return ts::noreply();
        }
        if (request.is_tagged(ts::atom("do"), 4))
          return ts::reply(run(self, request));
        note(events, request);
        return ts::reply(ts::atom("noted"));
      })
      .handle_cast([](ts::self&, const ts::term& message, ts::term& events) -> ts::outcome {
        obey(message);
        if (!naps(message))
          note(events, ts::tuple("cast", message));
        return ts::noreply();
      })
      .handle_info([](ts::self&, const ts::term& message, ts::term& events) -> ts::outcome {
        obey(message);
        note(events, ts::tuple("info", message));
        return ts::noreply();
      })
      .handle_continue([](ts::self&, const ts::term& order, ts::term& events) -> ts::outcome {
        obey(order);
        note(events, ts::tuple("continue", order));
        return ts::noreply();
      })
      .terminate([](const ts::term& events, ts::self& self, ts::term reason) {
        if (events.is_tagged(ts::atom("end_with"), 3))
          throw ts::exception{events[1].as_atom(), events[2], {}};
        if (self.whereis("observer"_atom) != ts::atom("undefined"))
          self.send("observer", ts::tuple("terminated", reason, events));
      });
}
