// talks: TCP from a plugin: in process functions, in plain functions, and in a server's handlers of both kinds.
#include <twinslot/gen_tcp.hpp>
#include <twinslot/handler.hpp>
#include <twinslot/process.hpp>

#include <string>

namespace ts = twinslot;
namespace gen_tcp = ts::gen_tcp;
namespace inet = ts::inet;

struct state {
  std::int64_t calls = 0;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("calls", x.calls));
}

namespace {
ts::term told(const ts::result<ts::term>& got) {
  return got ? ts::tuple("ok", *got) : ts::tuple("error", got.reason());
}
ts::term told(const ts::result<ts::port>& got) {
  return got ? ts::tuple("ok", *got) : ts::tuple("error", got.reason());
}
ts::term told(const gen_tcp::taken& got) {
  return got ? ts::term("ok") : ts::tuple("error", got.reason());
}
ts::term quiet() {
  return ts::list("binary", ts::tuple("active", false));
}

/// Bytes that follow from their position, as the tests' own.
ts::term counted(std::int64_t from, std::int64_t count) {
  std::string made;
  for (std::int64_t i = from; i < from + count; ++i)
    made += static_cast<char>((static_cast<std::uint64_t>(i) * 2654435761u) >> 24);
  return ts::binary(made);
}
}  // namespace

/// Listens, accepts one, sends back what comes, and says why it ends.
ts::process serves(ts::self self, ts::pid to) {
  const ts::port listener = ts::ok(gen_tcp::listen(self, 0, quiet()));
  self.send(to, ts::tuple("port", ts::ok(inet::port(self, listener))));
  const auto early = co_await gen_tcp::accept(self, listener, 0);
  self.send(to, told(early));
  const ts::port socket = ts::ok(co_await gen_tcp::accept(self, listener));
  gen_tcp::close(self, listener);
  for (;;) {
    const auto data = co_await gen_tcp::recv(self, socket);
    if (!data) {
      self.send(to, ts::tuple("ended", data.reason()));
      co_return self.done();
    }
    co_await gen_tcp::send(self, socket, *data);
  }
}

/// Connects, says hello, tells the answer.
ts::process calls(ts::self self, ts::pid to, ts::term where, std::uint16_t number, std::int64_t time_ms) {
  const auto socket = co_await gen_tcp::connect(self, where, number, quiet(), time_ms);
  if (!socket) {
    self.send(to, told(socket));
    co_return self.done();
  }
  if (co_await gen_tcp::send(self, *socket, "hello"))
    self.send(to, told(co_await gen_tcp::recv(self, *socket, 5, time_ms)));
  co_return self.done();
}

/// Sends so many bytes; tells that it is done, or why not.
ts::process floods(ts::self self, ts::pid to, ts::port socket, std::int64_t bytes) {
  for (std::int64_t at = 0; at < bytes; at += 10'000) {
    const auto sent = co_await gen_tcp::send(self, socket, counted(at, 10'000));
    if (!sent) {
      self.send(to, told(sent));
      co_return self.done();
    }
  }
  self.send(to, "flooded");
  co_await self.receive([](ts::is<"end">) {});
  co_return self.done();
}

/// recv with timeouts between messages: every byte is passed on.
ts::process collects(ts::self self, ts::pid to, ts::port socket) {
  for (;;) {
    const auto data = co_await gen_tcp::recv(self, socket, 0, 1);
    if (data)
      self.send(to, ts::tuple("tcp", socket, *data));
    else if (data.reason() != "timeout"_atom) {
      self.send(to, ts::tuple("ended", data.reason()));
      co_return self.done();
    }
  }
}

// ---- plain functions: who calls them may block, or not

ts::term asks(ts::self& self, ts::term where, std::uint16_t number) {
  const auto socket = gen_tcp::connect(self, where, number, quiet()).wait();
  if (!socket)
    return told(socket);
  const auto sent = gen_tcp::send(self, *socket, ts::binary("hello"));
  if (!sent)
    return told(sent);
  const auto got = gen_tcp::recv(self, *socket, 5, 30'000).wait();
  gen_tcp::close(self, *socket);
  return told(got);
}
ts::term pours(ts::self& self, ts::port socket, std::int64_t bytes) {
  for (std::int64_t at = 0; at < bytes; at += 10'000)
    if (const auto sent = gen_tcp::send(self, socket, counted(at, 10'000)); !sent)
      return told(sent);
  return "poured";
}

TWINSLOT_MODULE(talks) {
  return ts::gen_server<state>()
      .init([] { return state{}; })
      .process("serves", serves)
      .process("calls", calls)
      .process("floods", floods)
      .process("collects", collects)
      .function("asks", asks)
      .function("pours", pours)
      .call("calls", [](const state& s) { return s.calls; })
      // Plain handlers: what would wait is refused, sending is not.
      .call("recv", [](state&, ts::self& self, ts::port socket) { return told(gen_tcp::recv(self, socket).wait()); })
      .call("accept",
            [](state&, ts::self& self, ts::port socket) { return told(gen_tcp::accept(self, socket).wait()); })
      .call("pour", [](state& s, ts::self& self, ts::port socket,
                       std::int64_t bytes) { return ++s.calls, pours(self, socket, bytes); })
      .cast("pour_later", [](state& s, ts::self& self, ts::port socket,
                             std::int64_t bytes) { ++s.calls, pours(self, socket, bytes); })
      // Handlers that wait.
      .call("await_recv",
            [](state& s, ts::self self, ts::port socket, std::int64_t bytes) -> ts::task<ts::term> {
              ++s.calls;
              co_return told(co_await gen_tcp::recv(self, socket, bytes, 30'000));
            })
      .info("tcp", [](state& s, ts::self& self, ts::port socket,
                      ts::term data) { ++s.calls, gen_tcp::send(self, socket, data); })
      .info([](state&) {});
}
