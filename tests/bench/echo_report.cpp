#include "tests/bench/echo_report.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace twinslot::bench {
namespace {
double per_second(std::uint64_t count, const load_result& result) {
  return result.seconds > 0 ? static_cast<double>(count) / result.seconds : 0;
}

double latency_us(const load_result& result, double quantile) {
  return static_cast<double>(result.latency_ns.at(quantile)) / 1000;
}

double max_us(const load_result& result) {
  return static_cast<double>(result.latency_ns.max()) / 1000;
}
}  // namespace

std::string to_line(const load_options& options, const load_result& result) {
  std::string line = fmt::format(
      "{} x {} B: {:.0f} round trips/s, {:.1f} MB/s, p50 {:.1f} us, p99 {:.1f} us, p99.9 {:.1f} us, max {:.1f} us, "
      "{} errors, {} resets, {} of {} bytes missing",
      result.opened_count, options.message_bytes, per_second(result.round_trip_count, result),
      per_second(result.echoed_bytes, result) / 1e6, latency_us(result, 0.5), latency_us(result, 0.99),
      latency_us(result, 0.999), max_us(result), result.error_count, result.reset_count, result.missing_bytes,
      result.sent_bytes);
  if (options.what == content::lines)
    line += fmt::format(", {} in upper case", result.upper_bytes);
  return line;
}

std::string to_json(const load_options& options, const load_result& result) {
  return fmt::format(
      R"({{"connections":{},"message_bytes":{},"window_bytes":{},"seconds":{:.3f},"round_trips":{},)"
      R"("round_trips_per_s":{:.0f},"bytes_per_s":{:.0f},"p50_us":{:.1f},"p99_us":{:.1f},"p999_us":{:.1f},"max_us":{:.1f},)"
      R"("sent_bytes":{},"received_bytes":{},"missing_bytes":{},"upper_bytes":{},"errors":{},"resets":{}}})",
      result.opened_count, options.message_bytes, options.window_bytes, result.seconds, result.round_trip_count,
      per_second(result.round_trip_count, result), per_second(result.echoed_bytes, result), latency_us(result, 0.5),
      latency_us(result, 0.99), latency_us(result, 0.999), max_us(result), result.sent_bytes, result.received_bytes,
      result.missing_bytes, result.upper_bytes, result.error_count, result.reset_count);
}
}  // namespace twinslot::bench
