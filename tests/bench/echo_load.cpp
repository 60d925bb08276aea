// tests/bench/echo_load.cpp - loads an echo server and accounts for every byte.
//
//     echo_load --to HOST:PORT|unix:PATH [--connections N] [--size BYTES] [--duration S] [--warmup S]
//               [--mode roundtrip|bulk] [--window BYTES] [--check|--upper] [--json]
//
// Prints one line, or one JSON object; what failed goes to standard error. Exit status 1 if a connection failed or a
// byte is missing, 2 if the load could not begin. Ctrl-C ends the load early, with everything accounted for.
#include "tests/bench/echo_report.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

namespace {
using namespace twinslot::bench;

constexpr std::size_t own_descriptor_count = 32;

std::atomic<bool> stopped{false};

struct arguments {
  std::string to;
  std::string mode = "roundtrip";
  std::size_t connection_count = 1;
  std::size_t message_bytes = 64;
  std::size_t window_bytes = 1 << 20;
  std::size_t ramp_count = 64;
  double duration_s = 2;
  double warmup_s = 0.5;
  double patience_s = 10;
  bool check = false;
  bool upper = false;
  bool json = false;
};

void declare(CLI::App& app, arguments& given) {
  app.add_option("--to", given.to, "HOST:PORT, [HOST]:PORT or unix:PATH")->required();
  app.add_option("--connections", given.connection_count, "how many, 1 by default")->check(CLI::Range(1, 1'000'000));
  app.add_option("--size", given.message_bytes, "bytes of a message, 64 by default")->check(CLI::Range(1, 1 << 30));
  app.add_option("--duration", given.duration_s, "seconds that are measured, 2 by default");
  app.add_option("--warmup", given.warmup_s, "seconds before them, 0.5 by default");
  app.add_option("--mode", given.mode, "roundtrip: a message, its answer, the next one; bulk: a window in flight")
      ->check(CLI::IsMember({"roundtrip", "bulk"}));
  app.add_option("--window", given.window_bytes, "bulk: bytes in flight per connection, 1 MiB by default");
  app.add_option("--ramp", given.ramp_count, "connections that are being opened at once, 64 by default")
      ->check(CLI::PositiveNumber);
  app.add_option("--patience", given.patience_s,
                 "seconds without a byte until what is missing counts as lost, 10 by default");
  app.add_flag("--check", given.check, "compare every byte with what was sent");
  app.add_flag("--upper", given.upper, "send lines of letters; answers may be in upper case; every byte is compared");
  app.add_flag("--json", given.json, "print JSON");
}

std::chrono::nanoseconds seconds(double count) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(count));
}

content content_of(const arguments& given) {
  if (given.upper)
    return content::lines;
  return given.check ? content::bytes : content::constant;
}

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "echo_load: %s\n", why.c_str());
  std::exit(2);
}

load_options options_of(const arguments& given) {
  const auto to = parse_endpoint(given.to);
  if (!to)
    refuse("not an address: " + given.to);
  load_options options;
  options.to = *to;
  options.connection_count = given.connection_count;
  options.message_bytes = given.message_bytes;
  options.window_bytes = given.mode == "bulk" ? std::max(given.window_bytes, given.message_bytes) : given.message_bytes;
  options.what = content_of(given);
  options.warmup = seconds(given.warmup_s);
  options.duration = seconds(given.duration_s);
  options.patience = seconds(given.patience_s);
  options.ramp_count = given.ramp_count;
  options.stopped = &stopped;
  return options;
}
}  // namespace

int main(int argument_count, char** argument_values) {
  CLI::App app("An echo server's load");
  arguments given;
  declare(app, given);
  try {
    app.parse(argument_count, argument_values);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const load_options options = options_of(given);
  if (const std::string missing = allow_descriptors(options.connection_count + own_descriptor_count); !missing.empty())
    refuse(missing);
  const auto stop = [](int) { stopped.store(true, std::memory_order_relaxed); };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);

  const load_result result = run_load(options);
  for (const std::string& error : result.errors)
    std::fprintf(stderr, "echo_load: %s\n", error.c_str());
  if (result.error_count > result.errors.size())
    std::fprintf(stderr, "echo_load: and %zu more\n", result.error_count - result.errors.size());
  if (result.opened_count == 0)
    refuse("no connection to " + given.to + " could be opened");
  std::puts((given.json ? to_json(options, result) : to_line(options, result)).c_str());
  return result.error_count > 0 || result.missing_bytes > 0 ? 1 : 0;
}
