// Options and addresses as terms.
#include "actors/tcp/settings.hpp"

#include "actors/tcp/address.hpp"
#include "actors/tcp/opening.hpp"
#include "actors/tcp/system_options.hpp"
#include "tests/tcp/tcp_world.hpp"

#include <sys/un.h>

using namespace twinslot;
using tcp::took;

namespace {
took set(tcp::settings& changed, const char* name, const term& value) {
  return tcp::set(changed, option(name, value));
}
std::string active_of(const tcp::settings& from) {
  return text(from.active.as_term());
}
std::string where(const term& what, std::uint16_t number = 80, int family = AF_INET) {
  const auto found = tcp::address_of(what, number, family);
  if (!found)
    return text(found.reason());
  return *found ? shown(tcp::term_of(**found)) : "a name";
}
}  // namespace

TEST_CASE("counts of {active,N} add up, within 16 bits") {
  tcp::settings some;
  CHECK(active_of(some) == "true");
  CHECK(set(some, "active", 3) == took::yes);
  CHECK(set(some, "active", 4) == took::yes);
  CHECK(active_of(some) == "7");
  CHECK(set(some, "active", -2) == took::yes);
  CHECK(active_of(some) == "5");
  CHECK(set(some, "active", 32763) == took::wrong);
  CHECK(active_of(some) == "5");
  CHECK(set(some, "active", 32762) == took::yes);
  CHECK(set(some, "active", 32768) == took::wrong);
  CHECK(set(some, "active", -32769) == took::wrong);
  CHECK(set(some, "active", "once") == took::yes);
  CHECK(set(some, "active", 2) == took::yes);
  CHECK(active_of(some) == "2");
  CHECK(set(some, "active", "false") == took::yes);
  CHECK_FALSE(some.active.delivers());
  CHECK(set(some, "active", "sometimes") == took::wrong);
}

TEST_CASE("options are told as they were set") {
  tcp::settings some;
  const std::pair<const char*, term> cases[] = {
      {"packet", 4},           {"packet", "line"},    {"mode", "binary"},          {"exit_on_close", "false"},
      {"buffer", 1000},        {"packet_size", 77},   {"send_timeout", 500},       {"send_timeout", "infinity"},
      {"high_watermark", 100}, {"low_watermark", 50}, {"show_econnreset", "true"}, {"send_timeout_close", "true"},
      {"active", "once"},
  };
  for (const auto& [name, value] : cases) {
    INFO(name);
    CHECK(set(some, name, value) == took::yes);
    CHECK(*tcp::get(some, atom(std::string_view(name))) == value);
  }
  CHECK(set(some, "packet", "raw") == took::yes);
  CHECK(*tcp::get(some, "packet"_atom) == term(0));
  CHECK(tcp::set(some, "list") == took::yes);
  CHECK(*tcp::get(some, "mode"_atom) == "list");
}

TEST_CASE("a wrong value is wrong, and another option is unknown") {
  tcp::settings some;
  const std::pair<const char*, term> wrong[] = {
      {"packet", 3},         {"packet", "lines"},   {"mode", "text"},       {"exit_on_close", 1},
      {"buffer", -1},        {"packet_size", -1},   {"packet_size", "a"},   {"send_timeout", -1},
      {"send_timeout", "x"}, {"low_watermark", -1}, {"high_watermark", -1},
  };
  for (const auto& [name, value] : wrong) {
    INFO(name << " " << text(value));
    CHECK(set(some, name, value) == took::wrong);
  }
  CHECK(tcp::set(some, tuple("nodelay", "true")) == took::unknown);
  CHECK(tcp::set(some, tuple("active", "true", 1)) == took::unknown);
  CHECK(tcp::set(some, 17) == took::unknown);
}

TEST_CASE("options of an opening are taken apart") {
  const auto made = tcp::opening_from(
      list("binary", "inet6", option("backlog", 7), option("port", 1234), option("nodelay", "true"), passive()));
  REQUIRE(made);
  CHECK(made->family == AF_INET6);
  CHECK(made->backlog == 7);
  CHECK(made->from_port == 1234);
  CHECK(made->how.binary);
  CHECK_FALSE(made->how.active.delivers());
  REQUIRE(made->system.size() == 1);
  CHECK(made->system[0] == option("nodelay", "true"));
  CHECK(tcp::opening_from(list(option("ip", tuple("local", string("/tmp/x")))))->family == AF_UNIX);
}

TEST_CASE("a term that is no option of an opening is a badarg") {
  const term none[] = {
      list("bin"),
      list(option("foo", 1)),
      list(option("nodelay", 1)),
      list(option("backlog", "x")),
      list(option("port", 65536)),
      list(option("recbuf", -1)),
      list(option("linger", "true")),
      "binary",
      list(tuple("active")),
  };
  for (const term& each : none) {
    INFO(text(each));
    CHECK(tcp::opening_from(each).reason() == "badarg");
  }
}

TEST_CASE("addresses of every form") {
  CHECK(where(tuple(127, 0, 0, 1)) == "{{127,0,0,1},80}");
  CHECK(where(tuple(0, 0, 0, 0, 0, 0xFFFF, 0x7F00, 1)) == "{{0,0,0,0,0,65535,32512,1},80}");
  CHECK(where("any") == "{{0,0,0,0},80}");
  CHECK(where("any", 1, AF_INET6) == "{{0,0,0,0,0,0,0,0},1}");
  CHECK(where("loopback", 65535) == "{{127,0,0,1},65535}");
  CHECK(where(string("10.1.2.3")) == "{{10,1,2,3},80}");
  CHECK(where(string("::1")) == "{{0,0,0,0,0,0,0,1},80}");
  CHECK(where(string("localhost")) == "a name");
  CHECK(where("localhost") == "a name");
  CHECK(where(tuple("local", string("/tmp/sock"))) == "{local,<<\"/tmp/sock\">>}");
}

TEST_CASE("what is no address is einval") {
  for (const term& each :
       {tuple(1, 2, 3), tuple(1, 2, 3, 400), tuple(1, 2, 3, -1), tuple("a", 2, 3, 4), term(17),
        tuple(0, 0, 0, 0, 0, 0, 0, 0x10000), tuple("local", 5), term{},
        tuple("local", string(std::string(sizeof(sockaddr_un{}.sun_path), 'x'))), string(std::string("a\0b", 3))}) {
    INFO(text(each));
    CHECK(where(each) == "einval");
  }
  const std::string longest(sizeof(sockaddr_un{}.sun_path) - 1, 'x');
  CHECK(where(tuple("local", string(longest))) == "{local,<<\"" + longest + "\">>}");
}
