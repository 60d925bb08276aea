// tests/tcp/tcp_world.hpp - a node whose process of the test's own speaks TCP with raw clients.
#pragma once
#include "tests/actors/world.hpp"
#include "tests/tcp/raw_client.hpp"

namespace twinslot {

inline term option(const char* name, const term& value) {
  return tuple(atom(std::string_view(name)), value);
}
inline term bytes(std::string_view from) {
  return binary(from);
}
/// As ~p: binaries and strings as text.
inline std::string shown(const term& value) {
  return to_text_p(value, {.width = 0});
}
inline term passive() {
  return option("active", "false");
}

struct tcp_world : world {
  struct pair {
    term socket;
    raw_client client;
  };

  /// A function of gen_tcp; by `inet` one of inet.
  template <class... Arguments>
  term tcp(const char* function, const Arguments&... arguments) {
    return call("gen_tcp", function, arguments...);
  }
  template <class... Arguments>
  term inet(const char* function, const Arguments&... arguments) {
    return call("inet", function, arguments...);
  }
  /// {ok, Value}'s value.
  static term ok(const term& answer) {
    INFO(text(answer));
    REQUIRE(answer.is_tagged("ok"_atom, 2));
    return answer[1];
  }
  term listen(const term& options) { return ok(tcp("listen", 0, options)); }
  std::uint16_t port_of(const term& listener) {
    return static_cast<std::uint16_t>(ok(inet("port", listener)).as_int64());
  }
  /// A connection whose raw side is the client.
  pair accepted(const term& options, int receive_bytes = 0) {
    const term listener = listen(options);
    raw_client client(port_of(listener), receive_bytes);
    const term socket = ok(tcp("accept", listener));
    tcp("close", listener);
    return {socket, std::move(client)};
  }
  bool set(const term& socket, const char* name, const term& value) {
    return inet("setopts", socket, list(option(name, value))) == "ok";
  }
  term get(const term& socket, const char* name) {
    const term all = ok(inet("getopts", socket, list(term(atom(std::string_view(name))))));
    return all.is_cons() ? all.head()[1] : term("none");
  }
  /// As `next`, with the port left out: {tcp,Data}, {tcp_closed}; `other` if it is another port's.
  std::string told(const term& socket) {
    const term message = next(std::chrono::seconds(30));
    if (!message.is_tuple() || message.size() < 2 || message[1] != socket)
      return "other: " + text(message);
    return shown(message.size() == 2 ? tuple(message[0]) : tuple(message[0], message[2]));
  }
  /// Nothing is there that was sent up to now.
  bool is_quiet() { return next(std::chrono::milliseconds(0)) == "undefined"; }
  /// All that comes until it is that many bytes, or something else comes.
  std::string stream(const term& socket, std::size_t count) {
    std::string all;
    while (all.size() < count) {
      const term message = next(std::chrono::seconds(30));
      if (!message.is_tagged("tcp"_atom, 3) || message[1] != socket)
        break;
      all += message[2].bytes();
    }
    return all;
  }
};

/// Bytes that follow from their position, so that a lost or moved one shows.
inline std::string counted(std::size_t from, std::size_t count) {
  std::string made;
  made.reserve(count);
  for (std::size_t i = from; i < from + count; ++i)
    made += static_cast<char>((i * 2654435761u) >> 24);
  return made;
}
}  // namespace twinslot
