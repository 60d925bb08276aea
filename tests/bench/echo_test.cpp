// tests/bench/echo_test.cpp - the load client finds what a server does wrong, and its parts count right.
#include "tests/bench/echo_client.hpp"
#include "tests/bench/echo_report.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace twinslot::bench;
using namespace std::chrono_literals;

namespace {
std::string text_of(const stream& of, std::uint64_t position, std::size_t bytes) {
  std::string text(bytes, '\0');
  fill(of, position, text);
  return text;
}

// What a server answers to what it got; `position` is that of the first byte got.
using answer = std::function<std::string(std::uint64_t position, std::string got)>;

enum class ending { with_peer, at_once, by_reset };

// Serves one connection after another in a thread of its own, until it is destroyed.
class server {
public:
  explicit server(answer say, ending ends = ending::with_peer) : say_(std::move(say)), ends_(ends) {
    ::sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<const ::sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    port_ = local_port(listener_);
    thread_ = std::thread([this] { serve_all(); });
  }
  ~server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  endpoint at() const { return parse_endpoint(fmt::format("127.0.0.1:{}", port_)).value(); }

private:
  void serve_all() {
    for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0;)
      serve(fd);
  }

  void serve(int fd) {
    std::uint64_t position = 0;
    std::string got(4096, '\0');
    for (ssize_t count; (count = ::recv(fd, got.data(), got.size(), 0)) > 0;) {
      const std::string said = say_(position, got.substr(0, static_cast<std::size_t>(count)));
      position += static_cast<std::uint64_t>(count);
      if (::send(fd, said.data(), said.size(), MSG_NOSIGNAL) < 0 || ends_ != ending::with_peer)
        break;
    }
    const ::linger abort{1, 0};
    if (ends_ == ending::by_reset)
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    if (ends_ == ending::at_once) {  // a close with something unread would be a reset
      ::shutdown(fd, SHUT_WR);
      while (::recv(fd, got.data(), got.size(), 0) > 0) {
      }
    }
    ::close(fd);
  }

  const answer say_;
  const ending ends_;
  const int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
  std::thread thread_;
};

std::string echo(std::uint64_t, std::string got) {
  return got;
}

load_options load_of(const server& at, content what = content::bytes) {
  load_options options;
  options.to = at.at();
  options.message_bytes = 100;
  options.window_bytes = 100;
  options.what = what;
  options.duration = 20ms;
  options.patience = 200ms;
  return options;
}

void check_contains(const std::string& text, const std::string& part) {
  CAPTURE(text, part);
  CHECK(text.find(part) != std::string::npos);
}

// The load ended with one failed connection, and its complaint holds `text`.
void check_failed(const load_result& result, const std::string& text) {
  CHECK(result.error_count == 1);
  REQUIRE(result.errors.size() == 1);
  check_contains(result.errors[0], text);
}
}  // namespace

TEST_CASE("a histogram tells values within one per cent") {
  histogram times;
  CHECK(times.at(0.5) == 0);
  for (std::uint64_t i = 1; i <= 100'000; ++i)
    times.record(i * 1000);
  CHECK(times.count() == 100'000);
  CHECK(times.max() == 100'000'000);
  for (double quantile : {0.001, 0.5, 0.99, 0.999}) {
    const double told = static_cast<double>(times.at(quantile));
    CHECK(told >= quantile * 1e8);
    CHECK(told <= quantile * 1e8 * 1.01);
  }
  CHECK(times.at(1) == times.max());
}

TEST_CASE("a histogram holds the smallest and the largest values") {
  histogram times;
  times.record(0);
  CHECK(times.at(1) == 0);
  times.record(255);
  times.record(256);
  CHECK(times.at(0.6) == 255);
  times.record(~std::uint64_t{0});
  CHECK(times.at(1) == ~std::uint64_t{0});
  times.clear();
  CHECK(times.count() == 0);
}

TEST_CASE("a stream is the same however it is cut") {
  for (content what : {content::constant, content::bytes, content::lines}) {
    const stream one{what, 7, 30};
    const std::string whole = text_of(one, 0, 10'000);
    for (std::size_t position = 0; position < 200; ++position)
      for (std::size_t bytes : {1, 7, 8, 9, 64})
        REQUIRE(text_of(one, position, bytes) == whole.substr(position, bytes));
    CHECK(match(one, 3, std::span(whole).subspan(3)) == whole.size() - 3);
  }
}

TEST_CASE("two connections have two streams") {
  CHECK(text_of({content::bytes, 1, 64}, 0, 64) != text_of({content::bytes, 2, 64}, 0, 64));
}

TEST_CASE("a wrong byte is found where it is") {
  const stream one{content::bytes, 3, 64};
  for (std::size_t place : {0, 1, 8, 4095, 4096, 9999}) {
    std::string text = text_of(one, 5, 10'000);
    text[place] = static_cast<char>(text[place] ^ 0x20);
    CHECK(match(one, 5, text) == place);
  }
}

TEST_CASE("lines end where messages end, and may be answered in upper case") {
  const stream one{content::lines, 3, 10};
  std::string text = text_of(one, 0, 1000);
  for (std::size_t i = 0; i < text.size(); ++i)
    REQUIRE((text[i] == '\n') == (i % 10 == 9));
  CHECK(count_upper(text) == 0);
  std::transform(text.begin() + 100, text.end(), text.begin() + 100, [](char c) { return c == '\n' ? c : c - 0x20; });
  CHECK(match(one, 0, text) == text.size());
  CHECK(count_upper(text) == 810);
  for (char wrong : {'*', '\x4a', '\r', 'a'}) {  // a newline with another case's bit is no newline
    std::string other = text;
    other[9] = wrong;
    CHECK(match(one, 0, other) == 9);
  }
  text[500] = static_cast<char>(text[500] ^ 1);
  CHECK(match(one, 0, text) == 500);
}

TEST_CASE("what is lost and what comes twice is told") {
  const stream one{content::bytes, 3, 64};
  check_contains(explain(one, 100, text_of(one, 103, 50)), "byte 100 is 0x");
  check_contains(explain(one, 100, text_of(one, 103, 50)), ": 3 bytes are missing");
  check_contains(explain(one, 100, text_of(one, 60, 50)), ": what was 40 bytes before comes again");
  CHECK(explain(one, 100, std::string(50, 'x')).find(": ") == std::string::npos);
  CHECK(explain(one, 100, "x").find(": ") == std::string::npos);
}

TEST_CASE("addresses are IPv4, IPv6 and paths") {
  CHECK(parse_endpoint("127.0.0.1:80")->family() == AF_INET);
  CHECK(parse_endpoint("localhost:80")->family() == AF_INET);
  CHECK(parse_endpoint("[::1]:80")->family() == AF_INET6);
  CHECK(parse_endpoint("unix:/run/echo")->family() == AF_UNIX);
  for (const char* wrong : {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:8x", "there:80",
                            "::1:80", "[::1:80", "[]:80", "unix:"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_endpoint(wrong));
  }
  CHECK_FALSE(parse_endpoint("unix:" + std::string(200, 'x')));
}

TEST_CASE("too many descriptors are refused with both numbers") {
  CHECK(allow_descriptors(1).empty());
  check_contains(allow_descriptors(std::size_t{1} << 40), "1099511627776 descriptors are needed");
}

TEST_CASE("an honest server passes, and every byte is accounted for") {
  const server honest(echo);
  for (content what : {content::constant, content::bytes, content::lines}) {
    for (std::size_t window : {100, 100'000}) {
      load_options options = load_of(honest, what);
      options.window_bytes = window;
      const load_result result = run_load(options);
      CHECK(result.errors == std::vector<std::string>{});
      CHECK(result.error_count == 0);
      CHECK(result.opened_count == 1);
      CHECK(result.latency_ns.count() > 0);
      CHECK(result.received_bytes == result.sent_bytes);
      CHECK(result.sent_bytes % 100 == 0);
      CHECK(result.missing_bytes == 0);
    }
  }
}

TEST_CASE("a byte that is lost in the middle of the load is found") {
  const server careless([once = true](std::uint64_t position, std::string got) mutable {
    if (position >= 1000 && got.size() >= 100 && std::exchange(once, false))
      got.erase(20, 1);
    return got;
  });
  load_options options = load_of(careless);
  options.window_bytes = 10'000;
  options.duration = 10s;  // ends as soon as nobody is left
  check_failed(run_load(options), "1 bytes are missing");
}

TEST_CASE("bytes that come twice, changed, or unasked are found") {
  SECTION("twice") {
    const server careless([](std::uint64_t position, std::string got) { return position < 100 ? got : got + got; });
    check_failed(run_load(load_of(careless)), "bytes that were never sent");
  }
  SECTION("changed") {
    const server careless([](std::uint64_t, std::string got) {
      got.back() = static_cast<char>(got.back() ^ 1);
      return got;
    });
    check_failed(run_load(load_of(careless)), "byte 99 is 0x");
  }
  SECTION("in another order") {
    const server careless([](std::uint64_t, std::string got) { return got.substr(50) + got.substr(0, 50); });
    check_failed(run_load(load_of(careless)), "50 bytes are missing, or come later");
  }
}

TEST_CASE("bytes that never come are counted when patience ends") {
  const server forgetful(
      [](std::uint64_t position, std::string got) { return position < 100 ? got : got.substr(0, got.size() / 4); });
  load_options options = load_of(forgetful);
  const load_result result = run_load(options);
  check_failed(result, "did not come back");
  CHECK(result.missing_bytes == 75);
  CHECK(result.reset_count == 0);
}

TEST_CASE("a silent server is no server") {
  const server silent([](std::uint64_t, std::string) { return std::string(); });
  const load_result result = run_load(load_of(silent));
  check_failed(result, "could not be opened (0 of 100 bytes)");
  CHECK(result.opened_count == 0);
}

TEST_CASE("a server that closes is told from one that resets") {
  const server closing(echo, ending::at_once);
  const load_result closed = run_load(load_of(closing));
  check_failed(closed, "closed after 100 of");
  const server resetting(echo, ending::by_reset);
  const load_result reset = run_load(load_of(resetting));
  CHECK(reset.error_count == 1);
  CHECK(reset.reset_count == 1);
}

TEST_CASE("where nobody listens, every connection is refused") {
  load_options options;
  {
    const server gone(echo);
    options = load_of(gone);
  }
  options.connection_count = 3;
  const load_result result = run_load(options);
  CHECK(result.opened_count == 0);
  CHECK(result.error_count == 3);
  check_contains(result.errors.at(0), "Connection refused");
}

TEST_CASE("a result is one line, or one object") {
  load_options options;
  load_result result;
  result.seconds = 2;
  result.round_trip_count = 200'000;
  result.echoed_bytes = 12'800'000;
  result.opened_count = 1;
  result.latency_ns.record(100);
  check_contains(to_line(options, result), "1 x 64 B: 100000 round trips/s, 6.4 MB/s, p50 0.1 us");
  check_contains(to_json(options, result), "\"round_trips_per_s\":100000,\"bytes_per_s\":6400000,");
}
