// tests/bench/echo_report.hpp - what an echo load has shown, as a line for people or as JSON for programs.
#pragma once
#include "tests/bench/echo_client.hpp"

#include <string>

namespace twinslot::bench {
/// "100 x 64 B: 171034 round trips/s, p50 0.55 ms, ...", one line without its end.
std::string to_line(const load_options& options, const load_result& result);

/// One flat object; its keys are those of docs/performance.md.
std::string to_json(const load_options& options, const load_result& result);
}  // namespace twinslot::bench
