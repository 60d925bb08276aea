// runtime/sdk/twinslot/gen_tcp.hpp - TCP, as OTP's gen_tcp and inet have it.
//
//     ts::process loop(ts::self self, ts::port socket) {
//       const auto line = co_await gen_tcp::recv(self, socket);
//       if (!line)
//         co_return self.done();                       // line.reason(): closed, timeout, econnreset ...
//       co_await gen_tcp::send(self, socket, *line);
//       co_return self.qualified("loop", socket);
//     }
//
// Options are terms, under Erlang's names: ts::list("binary", ts::tuple("packet", "line"), ts::tuple("active", false)).
// Those that may wait (accept, connect, recv) are awaited in a coroutine; a plain function that the console or another
// blocking process calls writes .wait(); a server's plain handler may do neither and uses {active, ...}.
// ts::ok(...) around a result is its value, or raises {badmatch,{error,Reason}}.
// A socket belongs to the process that made or accepted it and closes with it. Reasons are atoms: closed, timeout,
// not_owner, or the system's, as econnrefused. All of it is for the executing process. Source: OTP's gen_tcp, inet.
#pragma once
#include "runtime/sdk/twinslot/coroutine.hpp"
#include "runtime/term/result.hpp"

namespace twinslot {
/// The value, as `{ok, Value} = ...` in Erlang: raises {badmatch,{error,Reason}} where there is none.
template <class T>
T ok(result<T> got) {
  if (!got)
    raise_error(tuple("badmatch", tuple("error", got.reason())));
  if constexpr (!std::is_void_v<T>)
    return std::move(*got);
}
/// Of {ok,Value}, as gen_server's start gives it.
inline term ok(const term& got) {
  if (!got.is_tagged("ok"_atom, 2))
    raise_error(tuple("badmatch", got));
  return got[1];
}
}  // namespace twinslot

namespace twinslot::gen_tcp {

namespace detail {
/// {ok,Value} | {error,Reason}
template <class T>
result<T> outcome_of(const term& answer) {
  if (answer.is_tagged("error"_atom, 2))
    return error{answer[1]};
  if constexpr (std::is_void_v<T>)
    return {};
  else if constexpr (std::is_same_v<T, port>)
    return answer[1].as_port();
  else
    return T(answer[1]);
}
template <class T, class... Arguments>
result<T> called(self& me, std::string_view module, std::string_view function, const Arguments&... arguments) {
  return outcome_of<T>(me.apply(module, function, arguments...));
}
}  // namespace detail

/// A request to a socket: `co_await` it in a coroutine, or wait for it in a plain function. Gives result<T>.
template <class T>
class [[nodiscard("write co_await before it; in a plain function, .wait() behind it")]] asking : public sdk::waiting {
public:
  /// `closes`: the socket is of no use where the request fails.
  asking(self & me, port socket, atom label, const term& request, const wait_time& limit, bool closes = false)
      : process_(me.process()), socket_(socket), closes_(closes) {
    what = abi::step::request;
    timeout_ms = sdk::pausing::milliseconds(limit);
    value = tuple(socket, label, request);
  }
  /// That was refused before it was asked.
  asking(self & me, term reason) : process_(me.process()), refused_(tuple("error", std::move(reason))) {}
  asking(asking &&) = default;

  bool await_ready() const noexcept {
    return !refused_.is_nil();
  }
  result<T> await_resume() {
    if (await_ready())
      return detail::outcome_of<T>(refused_);
    if (why == abi::wake::answer)
      return given_up(detail::outcome_of<T>(value));
    return given_up(error{value == "noproc"_atom ? term("closed") : value});
  }
  result<T> wait() {
    if (await_ready())
      return detail::outcome_of<T>(refused_);
    return given_up(detail::outcome_of<T>(
        self(process_).apply("prim_inet", "request", value, timeout_ms < 0 ? term("infinity") : term(timeout_ms))));
  }

private:
  result<T> given_up(result<T> got) {
    if (!got && closes_)
      self(process_).apply("gen_tcp", "close", socket_);
    return got;
  }
  abi::env* process_;
  port socket_;
  term refused_;
  bool closes_ = false;
};

/// Whether a socket took what was sent.
class taken {
public:
  explicit taken(term said) noexcept : said_(std::move(said)) {}
  explicit operator bool() const noexcept { return !said_.is_tuple(); }
  const term& reason() const noexcept { return said_[1]; }

protected:
  term said_;  // ok, busy or {error,Reason}
};

/// What became of a send. The data is the socket's already, or refused; `co_await` waits while too much of it waits
/// for the other side, and tells what happened meanwhile.
class sent : public taken, public sdk::waiting {
public:
  sent(self& me, port socket, term said) noexcept
      : taken(std::move(said)), process_(me.process()), socket_(socket), busy_(said_ == "busy"_atom) {
    what = abi::step::yield;
  }
  sent(sent&&) = default;
  bool await_ready() const noexcept { return !busy_; }
  taken await_resume() {
    if (busy_)
      said_ = self(process_).apply("prim_inet", "sent", socket_);
    return taken(said_);
  }

private:
  abi::env* process_;
  port socket_;
  bool busy_;
};

/// Listens at a port of this machine, 0: any free one. Options: also {ip,Address}, {backlog,N}, inet6,
/// {reuseaddr,true}.
inline result<port> listen(self& me, std::uint16_t number, const term& options = {}) {
  return detail::called<port>(me, "gen_tcp", "listen", number, options);
}
/// The next connection, which has the listener's options and belongs to this process.
inline asking<port> accept(self& me, port listener, wait_time limit = "infinity") {
  return {me, listener, "accept"_atom, {}, limit};
}
/// To a host's name or address ("localhost", {127,0,0,1}, {local,Path}).
template <class Address>
asking<port> connect(self& me, const Address& address, std::uint16_t number, const term& options = {},
                     wait_time limit = "infinity") {
  const auto made = detail::called<port>(me, "prim_inet", "open", address, number, options);
  if (!made)
    return {me, made.reason()};
  return {me, *made, "connect"_atom, {}, limit, true};
}
/// Data: a binary, an iolist or text. Goes to the system at once; what it does not take waits in the node. Where more
/// waits than the option high_watermark says, the process takes up nothing else until it has fallen to low_watermark:
/// at once with co_await, else after the running function returns.
template <class Data>
sent send(self& me, port socket, const Data& data) {
  return {me, socket, me.apply("prim_inet"_atom, "send"_atom, socket, data)};
}
/// A text's bytes.
inline sent send(self& me, port socket, std::string_view text) {
  return send(me, socket, binary(text));
}
template <std::size_t N>
sent send(self& me, port socket, const char (&text)[N]) {
  return send(me, socket, std::string_view(text, N - 1));
}
/// A passive socket's next `bytes`, 0: as many as there are; with another {packet,Type} than raw, its next packet.
inline asking<term> recv(self& me, port socket, std::int64_t bytes = 0, wait_time limit = "infinity") {
  return {me, socket, "recv"_atom, bytes, limit};
}
/// How: read, write, read_write. What was sent before goes out first.
inline result<void> shutdown(self& me, port socket, atom how) {
  return detail::called<void>(me, "gen_tcp", "shutdown", socket, how);
}
/// What was sent before goes out first.
inline void close(self& me, port socket) {
  me.apply("gen_tcp", "close", socket);
}
/// Gives the socket to another process, with the messages of it that wait here. Errors: not_owner, badarg, closed.
inline result<void> controlling_process(self& me, port socket, pid owner) {
  return detail::called<void>(me, "gen_tcp", "controlling_process", socket, owner);
}
}  // namespace twinslot::gen_tcp

namespace twinslot::inet {
/// {active,true|false|once|N}, {packet,...}, {nodelay,...} ...
inline result<void> setopts(self& me, port socket, const term& options) {
  return gen_tcp::detail::called<void>(me, "inet", "setopts", socket, options);
}
/// [{Option,Value}]
inline result<term> getopts(self& me, port socket, const term& names) {
  return gen_tcp::detail::called<term>(me, "inet", "getopts", socket, names);
}
/// {Address,Port}
inline result<term> peername(self& me, port socket) {
  return gen_tcp::detail::called<term>(me, "inet", "peername", socket);
}
inline result<term> sockname(self& me, port socket) {
  return gen_tcp::detail::called<term>(me, "inet", "sockname", socket);
}
/// The number that a listener got.
inline result<std::uint16_t> port(self& me, twinslot::port socket) {
  const auto found = gen_tcp::detail::called<term>(me, "inet", "port", socket);
  if (!found)
    return found.error();
  return static_cast<std::uint16_t>(found->as_int64());
}
}  // namespace twinslot::inet

template <class T>
inline constexpr bool twinslot::sdk::is_awaitable<twinslot::gen_tcp::asking<T>> = true;
template <>
inline constexpr bool twinslot::sdk::is_awaitable<twinslot::gen_tcp::sent> = true;
