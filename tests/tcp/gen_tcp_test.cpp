// gen_tcp and inet, function by function and option by option: what each gives, and each reason why it may not.
// Reasons are Erlang's; where they differ on purpose the test says so.
#include "tests/tcp/tcp_world.hpp"

using namespace twinslot;
using namespace std::chrono_literals;

namespace {
term local_host() {
  return tuple(127, 0, 0, 1);
}
const std::string timed_out = "{error,timeout}", closed = "{error,closed}", einval = "{error,einval}";
}  // namespace

// ---- opening

TEST_CASE("a listener has a free port of its own, and one connection after the other") {
  tcp_world w;
  const term listener = w.listen(list("binary", passive()));
  raw_client first(w.port_of(listener)), second(w.port_of(listener));
  const term one = w.ok(w.tcp("accept", listener)), two = w.ok(w.tcp("accept", listener, 1000));
  first.send("first");
  second.send("second");
  CHECK(shown(w.tcp("recv", one, 0)) == "{ok,<<\"first\">>}");
  CHECK(shown(w.tcp("recv", two, 0)) == "{ok,<<\"second\">>}");
  CHECK(shown(w.inet("peername", one)) == "{ok,{{127,0,0,1}," + std::to_string(first.own_port()) + "}}");
  CHECK(shown(w.inet("sockname", two)) == "{ok,{{127,0,0,1}," + std::to_string(w.port_of(listener)) + "}}");
  CHECK(shown(w.inet("sockname", listener)) == "{ok,{{0,0,0,0}," + std::to_string(w.port_of(listener)) + "}}");
  CHECK(text(w.inet("peername", listener)) == "{error,enotconn}");
}

TEST_CASE("a port in use, and an address that is not of this machine") {
  tcp_world w;
  const term listener = w.listen(list());
  CHECK(text(w.tcp("listen", w.port_of(listener), list())) == "{error,eaddrinuse}");
  CHECK(text(w.tcp("listen", 0, list(option("ip", tuple(1, 2, 3, 4))))) == "{error,eaddrnotavail}");
  CHECK(text(w.tcp("listen", 0, list(option("ip", tuple("local", string("/no/such/folder/x")))))) == "{error,enoent}");
  w.tcp("close", listener);
  CHECK(w.tcp("listen", w.port_of(w.listen(list())), list()).is_tagged("error"_atom, 2));
}

TEST_CASE("what is no option, no port or no address is an exit badarg") {
  tcp_world w;
  const auto refused = [&](const term& number, const term& options) {
    return text(w.caught("gen_tcp", "listen", number, options));
  };
  for (const term& number : {term("foo"), term(65536), term(-1)})
    CHECK(refused(number, list()) == "{exit,badarg}");
  for (const term& each : {term("foo"), tuple("foo", 1), tuple("packet", 3), tuple("active", "foo")})
    CHECK(refused(0, list(each)) == "{exit,badarg}");
  CHECK(text(w.caught("gen_tcp", "connect", local_host(), 1, list(term("foo")))) == "{exit,badarg}");
  CHECK(text(w.caught("gen_tcp", "connect", tuple(1, 2, 3), 1, list())) == "{exit,badarg}");
  CHECK(text(w.caught("gen_tcp", "connect", tuple(1, 2, 3, 400), 1, list())) == "{exit,badarg}");
  CHECK(text(w.caught("gen_tcp", "connect", local_host(), "x", list())) == "{exit,badarg}");
  CHECK(w.call("erlang", "ports").is_nil());
}

TEST_CASE("accept and recv may time out, and nothing is lost by it") {
  tcp_world w;
  const term listener = w.listen(list("binary", passive()));
  CHECK(text(w.tcp("accept", listener, 0)) == timed_out);
  CHECK(text(w.tcp("accept", listener, 10)) == timed_out);
  raw_client client(w.port_of(listener));
  const term socket = w.ok(w.tcp("accept", listener, 60'000));
  CHECK(text(w.tcp("recv", socket, 0, 0)) == timed_out);
  CHECK(text(w.tcp("recv", socket, 3, 10)) == timed_out);
  client.send("ab");
  CHECK(text(w.tcp("recv", socket, 3, 10)) == timed_out);
  client.send("c");
  CHECK(shown(w.tcp("recv", socket, 3, 60'000)) == "{ok,<<\"abc\">>}");
}

TEST_CASE("each function names what it can't work with") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  const auto raised_by = [&](const char* module, const char* function, const auto&... arguments) {
    return text(w.caught(module, function, arguments...));
  };
  const std::string no_clause = "{error,function_clause}";
  CHECK(raised_by("gen_tcp", "send", "foo", "x") == no_clause);
  CHECK(raised_by("gen_tcp", "recv", "foo", 0) == no_clause);
  CHECK(raised_by("gen_tcp", "recv", socket, -1) == no_clause);
  CHECK(raised_by("gen_tcp", "recv", socket, "x", 0) == no_clause);
  CHECK(raised_by("gen_tcp", "recv", socket, 0, "soon") == no_clause);
  CHECK(raised_by("gen_tcp", "accept", "foo") == no_clause);
  CHECK(raised_by("gen_tcp", "accept", "foo", 0) == no_clause);
  CHECK(raised_by("gen_tcp", "shutdown", "foo", "write") == no_clause);
  CHECK(raised_by("gen_tcp", "shutdown", socket, "both") == no_clause);
  CHECK(raised_by("gen_tcp", "close", "foo") == no_clause);
  CHECK(raised_by("gen_tcp", "controlling_process", "foo", w.self().self()) == no_clause);
  CHECK(raised_by("gen_tcp", "controlling_process", socket, "foo") == no_clause);
  for (const char* function : {"peername", "sockname", "port", "getstat"})
    CHECK(raised_by("inet", function, "foo") == no_clause);
  CHECK(raised_by("inet", "setopts", "foo", list()) == no_clause);
  CHECK(raised_by("inet", "getopts", "foo", list()) == no_clause);
  CHECK(raised_by("erlang", "port_info", "foo") == "{error,badarg}");
  CHECK(raised_by("erlang", "port_info", socket, "foo") == "{error,badarg}");
}

TEST_CASE("a listener neither sends nor receives, a connection does not accept") {
  tcp_world w;
  const term listener = w.listen(list());
  auto [socket, client] = w.accepted(list(passive()));
  CHECK(text(w.tcp("send", listener, string("x"))) == "{error,enotconn}");
  CHECK(text(w.tcp("recv", listener, 0, 0)) == "{error,enotconn}");
  CHECK(text(w.tcp("shutdown", listener, "write")) == "{error,enotconn}");
  CHECK(text(w.tcp("accept", socket, 0)) == einval);
}

// ---- connecting

TEST_CASE("connect, to an address, a name and by a text") {
  tcp_world w;
  raw_listener there;
  for (const term& to : {local_host(), term("localhost"), string("localhost"), string("127.0.0.1"), term("loopback")}) {
    INFO(text(to));
    const term socket = w.ok(w.tcp("connect", to, there.port(), list("binary", passive())));
    raw_client other = there.accept();
    CHECK(w.tcp("send", socket, string("hello")) == "ok");
    CHECK(other.receive(5) == "hello");
    w.tcp("close", socket);
    CHECK(other.is_ended());
  }
  CHECK(w.call("erlang", "ports").is_nil());
}

TEST_CASE("a connect that is refused, or whose host is none") {
  tcp_world w;
  std::uint16_t free = 0;
  {
    raw_listener gone;
    free = gone.port();
  }
  CHECK(text(w.tcp("connect", local_host(), free, list())) == "{error,econnrefused}");
  CHECK(text(w.tcp("connect", string("localhost"), free, list(), 10'000)) == "{error,econnrefused}");
  CHECK(text(w.tcp("connect", string("no.such.host.invalid"), 80, list())) == "{error,nxdomain}");
  CHECK(text(w.tcp("connect", tuple("local", string("/no/such/socket")), 0, list())) == "{error,enoent}");
  CHECK(w.call("erlang", "ports").is_nil());
}

TEST_CASE("a connect that takes too long is given up, and its port is gone") {
  tcp_world w;
  raw_listener full(0);
  // The system's queue takes one or two; who comes then gets no answer.
  std::vector<term> taken;
  std::string answer;
  for (int i = 0; i < 8 && answer != timed_out; ++i) {
    const term said = w.tcp("connect", local_host(), full.port(), list(), 50);
    answer = said.is_tagged("error"_atom, 2) ? text(said) : (taken.push_back(said[1]), "");
  }
  CHECK(answer == timed_out);
  CHECK(w.call("erlang", "ports").is_cons());
  for (const term& each : taken)
    w.tcp("close", each);
  CHECK(w.call("erlang", "ports").is_nil());
}

TEST_CASE("version 6") {
  tcp_world w;
  const term listener = w.listen(list("binary", "inet6", passive()));
  raw_client client = raw_client::version_6(w.port_of(listener));
  const term socket = w.ok(w.tcp("accept", listener));
  client.send("six");
  CHECK(shown(w.tcp("recv", socket, 3)) == "{ok,<<\"six\">>}");
  CHECK(shown(w.inet("sockname", socket)) == "{ok,{{0,0,0,0,0,0,0,1}," + std::to_string(w.port_of(listener)) + "}}");
  const term mine = w.ok(w.tcp("connect", tuple(0, 0, 0, 0, 0, 0, 0, 1), w.port_of(listener), list(passive())));
  CHECK(w.tcp("accept", listener).is_tagged("ok"_atom, 2));
  CHECK(w.inet("peername", mine)[1][0].is_tuple(8));
  const term by_option = w.tcp("connect", string("::1"), w.port_of(listener), list("inet6", passive()));
  CHECK(by_option.is_tagged("ok"_atom, 2));
}

TEST_CASE("a Unix socket") {
  tcp_world w;
  const std::string path = "/tmp/twinslot-tcp-test-" + std::to_string(::getpid());
  ::unlink(path.c_str());
  const term listener = w.listen(list("binary", passive(), option("ip", tuple("local", string(path)))));
  CHECK(text(w.inet("port", listener)) == "{ok,0}");
  raw_client client = raw_client::local(path);
  const term socket = w.ok(w.tcp("accept", listener));
  client.send("local");
  CHECK(shown(w.tcp("recv", socket, 5)) == "{ok,<<\"local\">>}");
  CHECK(shown(w.inet("sockname", socket)) == "{ok,{local,<<\"" + path + "\">>}}");
  CHECK(w.tcp("send", socket, string("back")) == "ok");
  CHECK(client.receive(4) == "back");
  const term mine = w.ok(w.tcp("connect", tuple("local", string(path)), 0, list("binary", passive())));
  const term other = w.ok(w.tcp("accept", listener));
  CHECK(w.tcp("send", mine, string("own")) == "ok");
  CHECK(shown(w.tcp("recv", other, 3)) == "{ok,<<\"own\">>}");
  ::unlink(path.c_str());
}

// ---- receiving

TEST_CASE("an active socket's bytes are messages; recv is for the passive") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary"));
  client.send("abc");
  CHECK(w.told(socket) == "{tcp,<<\"abc\">>}");
  CHECK(text(w.tcp("recv", socket, 0)) == einval);
  CHECK(w.set(socket, "active", "false"));
  client.send("def");
  CHECK(shown(w.tcp("recv", socket, 3)) == "{ok,<<\"def\">>}");
  CHECK(w.is_quiet());
  CHECK(text(w.tcp("recv", socket, 0x4000001, 0)) == "{error,enomem}");
}

TEST_CASE("list or binary, as the mode says") {
  tcp_world w;
  auto [socket, client] = w.accepted(list(option("active", "true")));
  client.send("abc");
  CHECK(w.told(socket) == "{tcp,\"abc\"}");
  CHECK(w.inet("setopts", socket, list(term("binary"))) == "ok");
  client.send("def");
  CHECK(w.told(socket) == "{tcp,<<\"def\">>}");
  CHECK(w.set(socket, "mode", "list"));
  client.send("ghi");
  CHECK(w.told(socket) == "{tcp,\"ghi\"}");
}

TEST_CASE("{active,once} gives one message and is passive then") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", option("packet", "line"), option("active", "once")));
  client.send("one\ntwo\nthree\n");
  CHECK(w.told(socket) == "{tcp,<<\"one\\n\">>}");
  CHECK(w.get(socket, "active") == "false");
  CHECK(shown(w.tcp("recv", socket, 0)) == "{ok,<<\"two\\n\">>}");
  CHECK(w.is_quiet());
  CHECK(w.set(socket, "active", "once"));
  CHECK(w.told(socket) == "{tcp,<<\"three\\n\">>}");
}

TEST_CASE("{active,N} counts down, adds up, and says when it is passive") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", option("packet", "line"), option("active", 2)));
  client.send("1\n2\n3\n4\n5\n6\n");
  CHECK(w.told(socket) == "{tcp,<<\"1\\n\">>}");
  CHECK(w.told(socket) == "{tcp,<<\"2\\n\">>}");
  CHECK(w.told(socket) == "{tcp_passive}");
  CHECK(w.get(socket, "active") == "false");
  CHECK(w.is_quiet());
  CHECK(w.set(socket, "active", 1));
  CHECK(w.told(socket) == "{tcp,<<\"3\\n\">>}");
  CHECK(w.told(socket) == "{tcp_passive}");
  CHECK(shown(w.tcp("recv", socket, 0)) == "{ok,<<\"4\\n\">>}");
  CHECK(w.set(socket, "active", 3));
  CHECK(w.told(socket) == "{tcp,<<\"5\\n\">>}");
  CHECK(w.told(socket) == "{tcp,<<\"6\\n\">>}");
  CHECK(w.get(socket, "active") == 1);
  CHECK(w.set(socket, "active", 4));
  CHECK(w.get(socket, "active") == 5);
  CHECK(w.set(socket, "active", -5));
  CHECK(w.told(socket) == "{tcp_passive}");
  CHECK(w.get(socket, "active") == "false");
  CHECK(w.set(socket, "active", 32767));
  CHECK_FALSE(w.set(socket, "active", 1));
  CHECK_FALSE(w.set(socket, "active", 32768));
  CHECK(w.get(socket, "active") == 32767);
  CHECK(w.set(socket, "active", "false"));
  CHECK(w.set(socket, "active", 0));
  CHECK(w.told(socket) == "{tcp_passive}");
}

TEST_CASE("a listener's {active,N} is where each connection begins; none is passive from the start") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", option("active", 0)));
  CHECK(w.get(socket, "active") == "false");
  const term listener = w.listen(list(option("active", 2)));
  CHECK(w.set(listener, "active", 2));
  CHECK(w.get(listener, "active") == 4);
  CHECK(w.set(listener, "active", -4));
  CHECK(w.get(listener, "active") == "false");
}

TEST_CASE("a number of bytes, and the packets of each kind") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  client.send("abcdefgh");
  CHECK(shown(w.tcp("recv", socket, 3)) == "{ok,<<\"abc\">>}");
  CHECK(shown(w.tcp("recv", socket, 1)) == "{ok,<<\"d\">>}");
  CHECK(shown(w.tcp("recv", socket, 0)) == "{ok,<<\"efgh\">>}");
  const std::pair<term, std::string> cases[] = {
      {1, std::string("\3one", 4)}, {2, std::string("\0\3one", 5)}, {4, std::string("\0\0\0\3one", 7)}};
  for (const auto& [kind, wire] : cases) {
    INFO(text(kind));
    CHECK(w.set(socket, "packet", kind));
    client.send(wire + wire);
    CHECK(shown(w.tcp("recv", socket, 0)) == "{ok,<<\"one\">>}");
    CHECK(shown(w.tcp("recv", socket, 0)) == "{ok,<<\"one\">>}");
    CHECK(w.tcp("send", socket, string("one")) == "ok");
    CHECK(client.receive(wire.size()) == wire);
  }
  CHECK(w.set(socket, "packet", "line"));
  client.send("a line\nanother\n");
  CHECK(shown(w.tcp("recv", socket, 0)) == "{ok,<<\"a line\\n\">>}");
  CHECK(w.set(socket, "packet", "raw"));
  CHECK(shown(w.tcp("recv", socket, 0)) == "{ok,<<\"another\\n\">>}");
}

TEST_CASE("several processes may wait in recv: each gets its part, in the order they came") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  const pid me = w.self().self();
  for (int i = 0; i < 3; ++i) {
    const pid reader =
        w.home()
            .spawn_blocking([socket = socket, me, i](process& self) {
              const term got = self.home().apply(self, "gen_tcp"_atom, "recv"_atom, {socket, 2, "infinity"});
              self.send(me, tuple(i, got));
            })
            .process;
    // It has asked once it waits.
    REQUIRE(w.eventually([&] { return w.info(reader, "status"_atom) == "waiting"; }));
  }
  client.send("aabbcc");
  std::string all[3];
  for (int i = 0; i < 3; ++i) {
    const term each = w.next(30s);
    REQUIRE(each.is_tuple(2));
    all[each[0].as_int64()] = shown(each[1]);
  }
  CHECK(all[0] == "{ok,<<\"aa\">>}");
  CHECK(all[1] == "{ok,<<\"bb\">>}");
  CHECK(all[2] == "{ok,<<\"cc\">>}");
}

// ---- sending

TEST_CASE("send takes iodata and refuses everything else, with nothing of it sent") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  CHECK(w.tcp("send", socket, list(string("ab"), 99, list(bytes("de"), list()))) == "ok");
  CHECK(w.tcp("send", socket, bytes("")) == "ok");
  for (const term& each : {term("foo"), list(300), list("a"), tuple(1), term(7)})
    CHECK(text(w.tcp("send", socket, each)) == einval);
  CHECK(w.tcp("send", socket, bytes("!")) == "ok");
  CHECK(client.receive(6) == "abcde!");
}

TEST_CASE("data that is longer than its header can say is refused (Erlang sends a wrong length)") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive(), option("packet", 1)));
  CHECK(text(w.tcp("send", socket, bytes(std::string(300, 'x')))) == einval);
  CHECK(w.tcp("send", socket, bytes(std::string(255, 'x'))) == "ok");
  CHECK(client.receive(256) == "\xFF" + std::string(255, 'x'));
}

// ---- options

TEST_CASE("the options of the system are those of the descriptor") {
  tcp_world w;
  auto [socket, client] = w.accepted(list(option("nodelay", "true"), option("keepalive", "true")));
  CHECK(w.get(socket, "nodelay") == "true");
  CHECK(w.get(socket, "keepalive") == "true");
  CHECK(w.set(socket, "nodelay", "false"));
  CHECK(w.get(socket, "nodelay") == "false");
  CHECK(w.set(socket, "recbuf", 10'000));
  CHECK(w.get(socket, "recbuf").as_int64() >= 10'000);
  CHECK(w.set(socket, "sndbuf", 10'000));
  CHECK(w.get(socket, "sndbuf").as_int64() >= 10'000);
  CHECK(text(w.get(socket, "linger")) == "{false,0}");
  CHECK(w.set(socket, "linger", tuple("true", 0)));
  CHECK(text(w.get(socket, "linger")) == "{true,0}");
  CHECK_FALSE(w.set(socket, "nodelay", 1));
  CHECK_FALSE(w.set(socket, "backlog", 4));
  const term first = w.listen(list(option("reuseport", "true")));
  const term second = w.tcp("listen", w.port_of(first), list(option("reuseport", "true")));
  CHECK(second.is_tagged("ok"_atom, 2));
}

TEST_CASE("the options of a socket, and how it begins") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  CHECK(text(w.inet("getopts", socket,
                    list("active", "packet", "mode", "exit_on_close", "packet_size", "send_timeout",
                         "send_timeout_close", "high_watermark", "low_watermark", "nodelay", "reuseaddr", "keepalive",
                         "show_econnreset", "linger"))) ==
        "{ok,[{active,false},{packet,0},{mode,binary},{exit_on_close,true},{packet_size,0},{send_timeout,infinity},"
        "{send_timeout_close,false},{high_watermark,8192},{low_watermark,4096},{nodelay,false},{reuseaddr,false},"
        "{keepalive,false},{show_econnreset,false},{linger,{false,0}}]}");
  CHECK(text(w.inet("getopts", socket, list("foo"))) == einval);
  CHECK(text(w.inet("getopts", socket, list("active", "foo"))) == einval);
  CHECK(text(w.inet("getopts", socket, list(1))) == einval);
}

TEST_CASE("setopts sets all of them or none") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  const auto set_both = [&, sock = socket](const term& second) {
    return text(w.inet("setopts", sock, list(option("active", "true"), second)));
  };
  CHECK(set_both(option("foo", 1)) == einval);
  CHECK(set_both(option("nodelay", 7)) == einval);
  CHECK(set_both(option("packet", 3)) == einval);
  CHECK(w.get(socket, "active") == "false");
  client.send("abc");
  CHECK(w.is_quiet());
  CHECK(set_both(option("nodelay", "true")) == "ok");
  CHECK(w.told(socket) == "{tcp,<<\"abc\">>}");
}

// ---- the end

TEST_CASE("the other side's end: an active socket closes") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary"));
  client.send("last");
  client.close();
  CHECK(w.told(socket) == "{tcp,<<\"last\">>}");
  CHECK(w.told(socket) == "{tcp_closed}");
  CHECK(text(w.tcp("send", socket, bytes("x"))) == closed);
  CHECK(w.call("erlang", "port_info", socket) == "undefined");
  CHECK(w.is_quiet());
}

TEST_CASE("the other side's end: a passive socket says so, and is not connected any more") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  client.send("last");
  client.shut_write();
  CHECK(shown(w.tcp("recv", socket, 0)) == "{ok,<<\"last\">>}");
  CHECK(text(w.tcp("recv", socket, 0)) == closed);
  CHECK(client.is_ended());
  CHECK(text(w.tcp("recv", socket, 0)) == "{error,enotconn}");
  CHECK(text(w.tcp("send", socket, bytes("x"))) == closed);
  CHECK(text(w.tcp("shutdown", socket, "write")) == "{error,enotconn}");
  CHECK(text(w.inet("peername", socket)) == "{error,enotconn}");
  CHECK(text(w.inet("getopts", socket, list("active"))) == "{ok,[{active,false}]}");
  CHECK(w.call("erlang", "port_info", socket, "connected") == tuple("connected", w.self().self()));
  CHECK(w.set(socket, "active", "true"));
  CHECK(w.told(socket) == "{tcp_closed}");
  CHECK(w.call("erlang", "port_info", socket) == "undefined");
}

TEST_CASE("bytes that are too few for a recv are lost with the connection, as in Erlang") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  client.send("abc");
  client.close();
  CHECK(text(w.tcp("recv", socket, 10)) == closed);
  CHECK(text(w.tcp("recv", socket, 0)) == "{error,enotconn}");
}

TEST_CASE("{exit_on_close,false}: half closed, this side still sends") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", option("exit_on_close", "false")));
  client.shut_write();
  CHECK(w.told(socket) == "{tcp_closed}");
  CHECK(w.tcp("send", socket, bytes("still")) == "ok");
  CHECK(client.receive(5) == "still");
  CHECK(text(w.tcp("recv", socket, 0, 0)) == einval);
  CHECK(w.get(socket, "active") == "true");
  CHECK(w.set(socket, "active", "true"));
  CHECK(w.is_quiet());
  CHECK(w.tcp("close", socket) == "ok");
  CHECK(client.is_ended());
  auto [quiet, other] = w.accepted(list("binary", passive(), option("exit_on_close", "false")));
  other.shut_write();
  CHECK(text(w.tcp("recv", quiet, 0)) == closed);
  CHECK(w.tcp("send", quiet, bytes("still")) == "ok");
  CHECK(other.receive(5) == "still");
}

TEST_CASE("shutdown ends one direction, after what was sent before") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  CHECK(w.tcp("send", socket, bytes("bye")) == "ok");
  CHECK(w.tcp("shutdown", socket, "write") == "ok");
  CHECK(client.receive_all() == "bye");
  CHECK(text(w.tcp("send", socket, bytes("x"))) == closed);
  client.send("still here");
  CHECK(shown(w.tcp("recv", socket, 10)) == "{ok,<<\"still here\">>}");
  auto [reads, other] = w.accepted(list("binary", passive()));
  CHECK(w.tcp("shutdown", reads, "read") == "ok");
  CHECK(text(w.tcp("recv", reads, 0, 5000)) == closed);
}

TEST_CASE("a closed port is closed for every function") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  CHECK(w.tcp("close", socket) == "ok");
  CHECK(client.is_ended());
  CHECK(w.tcp("close", socket) == "ok");
  CHECK(text(w.tcp("send", socket, bytes("x"))) == closed);
  CHECK(text(w.tcp("recv", socket, 0)) == closed);
  CHECK(text(w.tcp("accept", socket)) == closed);
  CHECK(text(w.tcp("shutdown", socket, "write")) == closed);
  CHECK(text(w.tcp("controlling_process", socket, w.self().self())) == closed);
  CHECK(text(w.inet("setopts", socket, list())) == einval);
  CHECK(text(w.inet("getopts", socket, list())) == einval);
  for (const char* function : {"peername", "sockname", "port", "getstat"})
    CHECK(text(w.inet(function, socket)) == einval);
  CHECK(w.call("erlang", "port_info", socket) == "undefined");
  CHECK(w.call("erlang", "port_info", socket, "name") == "undefined");
}

TEST_CASE("a reset is the end, and econnreset only for who asks for it") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary"));
  client.reset();
  CHECK(w.told(socket) == "{tcp_closed}");
  auto [shows, other] = w.accepted(list("binary", option("show_econnreset", "true")));
  other.reset();
  CHECK(w.told(shows) == "{tcp_error,econnreset}");
  CHECK(w.told(shows) == "{tcp_closed}");
  auto [quiet, third] = w.accepted(list("binary", passive()));
  third.reset();
  CHECK(text(w.tcp("recv", quiet, 0)) == closed);
  auto [quiet_shows, fourth] = w.accepted(list("binary", passive(), option("show_econnreset", "true")));
  fourth.reset();
  CHECK(text(w.tcp("recv", quiet_shows, 0)) == "{error,econnreset}");
  CHECK(text(w.tcp("recv", quiet_shows, 0)) == "{error,enotconn}");
  CHECK(w.is_quiet());
}

TEST_CASE("a packet that is too long is emsgsize, and the end") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive(), option("packet", 4), option("packet_size", 10)));
  client.send(std::string("\0\0\0\12", 4) + "1234567890" + std::string("\0\0\0\13", 4) + "12345678901");
  CHECK(shown(w.tcp("recv", socket, 0)) == "{ok,<<\"1234567890\">>}");
  CHECK(text(w.tcp("recv", socket, 0)) == "{error,emsgsize}");
  CHECK(text(w.tcp("recv", socket, 0)) == "{error,enotconn}");
  auto [active, other] = w.accepted(list("binary", option("packet", "line"), option("packet_size", 10)));
  other.send("short\n" + std::string(20, 'x'));
  CHECK(w.told(active) == "{tcp,<<\"short\\n\">>}");
  CHECK(w.told(active) == "{tcp_error,emsgsize}");
  CHECK(w.told(active) == "{tcp_closed}");
  CHECK(other.is_ended());
}

// ---- who owns it

TEST_CASE("a port is named by ports, port_info and getstat") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  client.send("12345");
  CHECK(w.ok(w.tcp("recv", socket, 5)).is_binary());
  CHECK(w.tcp("send", socket, bytes("123")) == "ok");
  CHECK(w.call("erlang", "ports") == list(socket));
  CHECK(shown(w.call("erlang", "port_info", socket, "name")) == "{name,\"tcp_inet\"}");
  CHECK(w.call("erlang", "port_info", socket, "connected") == tuple("connected", w.self().self()));
  CHECK(w.call("erlang", "port_info", socket, "links") == tuple("links", list(w.self().self())));
  CHECK(w.call("erlang", "port_info", socket, "input") == tuple("input", 5));
  CHECK(w.call("erlang", "port_info", socket, "output") == tuple("output", 3));
  CHECK(w.call("erlang", "port_info", socket, "registered_name").is_nil());
  CHECK(
      text(w.inet("getstat", socket, list("recv_oct", "recv_cnt", "recv_max", "send_oct", "send_cnt", "send_pend"))) ==
      "{ok,[{recv_oct,5},{recv_cnt,1},{recv_max,5},{send_oct,3},{send_cnt,1},{send_pend,0}]}");
  CHECK(text(w.inet("getstat", socket, list("foo"))) == einval);
}

TEST_CASE("only the owner gives a socket away, and only to a process that lives") {
  tcp_world w;
  auto [socket, client] = w.accepted(list("binary", passive()));
  const pid me = w.self().self();
  const pid dead = w.home().spawn_blocking([](process&) {}).process;
  CHECK(w.reason_of_end(dead) != term("alive"));
  CHECK(text(w.tcp("controlling_process", socket, dead)) == "{error,badarg}");
  CHECK(w.tcp("controlling_process", socket, me) == "ok");
  w.home().spawn_blocking([socket = socket, me](process& self) {
    self.send(me, self.home().apply(self, "gen_tcp"_atom, "controlling_process"_atom, {socket, self.self()}));
  });
  CHECK(text(w.next()) == "{error,not_owner}");
  CHECK(w.call("erlang", "port_info", socket, "connected") == tuple("connected", me));
}
