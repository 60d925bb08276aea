// tests/bench/curves.hpp - how it goes on with more actors: curves from 1 to a million, as pictures.
#pragma once
#include "tests/bench/lines.hpp"

#include <string>
#include <vector>

namespace twinslot::bench {

/// Writes throughput.svg, upgrade.svg and memory.svg into the directory. `small`: up to a thousand actors.
void draw_curves(const std::vector<contestant>& all, const std::string& directory, bool small);
}  // namespace twinslot::bench
