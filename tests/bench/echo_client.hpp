// tests/bench/echo_client.hpp - many connections to an echo server, kept busy and held to account.
//
//     open     a few at a time; a connection is open once its first message came back
//     load     for `warmup` and then, measured, for `duration`
//     drain    no new message begins; every byte that was sent has to come back
//     end      the client shuts its side, the server closes; nothing may come any more
//
// One thread with epoll, level-triggered. No allocation between open and end: what is sent follows from its position
// (echo_stream.hpp), so a connection is a few numbers. Used by echo_load and by its test.
#pragma once
#include "tests/bench/echo_endpoint.hpp"
#include "tests/bench/echo_histogram.hpp"
#include "tests/bench/echo_stream.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace twinslot::bench {
struct load_options {
  endpoint to;
  std::size_t connection_count = 1;
  std::size_t message_bytes = 64;
  std::size_t window_bytes =
      64;  // in flight per connection at most; as long as a message: one round trip after another
  content what = content::constant;
  std::chrono::nanoseconds warmup{};
  std::chrono::nanoseconds duration = std::chrono::seconds(1);
  std::chrono::nanoseconds patience = std::chrono::seconds(10);  // without a byte from anyone while all wait
  std::size_t ramp_count = 64;                                   // connections that are being opened at once
  const std::atomic<bool>* stopped = nullptr;                    // ends the load early, when set
};

struct load_result {
  // In the measured time.
  double seconds = 0;
  std::uint64_t round_trip_count = 0;  // messages that came back whole
  std::uint64_t echoed_bytes = 0;
  histogram latency_ns;  // from before a message's send until its last byte is here; with a window, of one at a time

  // From the first connection to the last.
  std::size_t opened_count = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t missing_bytes = 0;  // sent, and never came back
  std::uint64_t upper_bytes = 0;    // answered in upper case
  std::size_t error_count = 0;      // connections that failed, for whatever reason
  std::size_t reset_count = 0;      // of these, by a reset
  std::vector<std::string> errors;  // what happened to the first few of them
};

/// Runs the whole load. What fails is in the result, connection by connection.
load_result run_load(const load_options& options);
}  // namespace twinslot::bench
