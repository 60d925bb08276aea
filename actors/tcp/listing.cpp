#include "actors/tcp/listing.hpp"

#include "actors/tcp/endpoint.hpp"
#include "runtime/term/print.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace twinslot::tcp {
namespace {
constexpr std::size_t columns = 9;
using row = std::array<std::string, columns>;

std::string dotted(const term& numbers) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    parts.push_back(numbers.size() == 4 ? fmt::format("{}", numbers[i].as_int64())
                                        : fmt::format("{:x}", numbers[i].as_int64()));
  return numbers.size() == 4 ? fmt::format("{}", fmt::join(parts, ".")) : fmt::format("[{}]", fmt::join(parts, ":"));
}

bool is_all_zero(const term& numbers) {
  return std::all_of(numbers.elements(), numbers.elements() + numbers.size(),
                     [](const term& one) { return one == term(0); });
}

/// localhost:9000, *:9000, 10.0.0.1:9000, local:/run/x; *:* where there is none.
std::string place(const result<term>& name) {
  if (!name)
    return "*:*";
  const term& host = (*name)[0];
  if (host == "local")
    return fmt::format("local:{}", (*name)[1].bytes());
  const bool is_loopback = host == tuple(127, 0, 0, 1) || host == tuple(0, 0, 0, 0, 0, 0, 0, 1);
  const std::string text = is_all_zero(host) ? "*" : is_loopback ? "localhost" : dotted(host);
  return fmt::format("{}:{}", text, (*name)[1].as_int64());
}

std::string counter(const term& statistics, const char* name) {
  for (const term& entry : statistics.elements_of_list())
    if (entry[0] == atom(name))
      return to_text_w(entry[1]);
  return "0";
}

row row_of(const endpoint& one) {
  const auto local = one.own_name();
  const bool is_local = local && (*local)[0] == "local";
  const bool is_six = local && !is_local && (*local)[0].is_tuple(8);
  const term statistics = one.statistics();
  return {std::to_string(one.self().id),
          is_local ? "local_tcp"
          : is_six ? "inet6_tcp"
                   : "inet_tcp",
          counter(statistics, "recv_oct"),
          counter(statistics, "send_oct"),
          to_text_w(one.owner()),
          place(local),
          place(one.peer_name()),
          one.state(),
          "STREAM"};
}
}  // namespace

std::string listing(node& home) {
  std::vector<row> rows = {
      {"Port", "Module", "Recv", "Sent", "Owner", "Local Address", "Foreign Address", "State", "Type"}};
  for (const port each : home.ports())
    if (const auto one = std::dynamic_pointer_cast<endpoint>(home.find_port(each)))
      rows.push_back(row_of(*one));
  std::array<std::size_t, columns> widths{};
  for (const row& each : rows)
    for (std::size_t i = 0; i < columns; ++i)
      widths[i] = std::max(widths[i], each[i].size());
  std::string text;
  for (const row& each : rows) {
    for (std::size_t i = 0; i < columns; ++i)
      text += fmt::format("{:<{}} ", each[i], widths[i]);
    text.back() = '\n';
  }
  return text;
}
}  // namespace twinslot::tcp
