// tests/bench/picture.hpp - a curve for each who takes part, as SVG that goes with light and dark pages.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace twinslot::bench {

struct picture {
  std::string title, x, y;
  bool logarithmic = false;  // y; x always is
  struct curve {
    std::string name;
    std::vector<std::pair<double, double>> points;
  };
  std::vector<curve> series;
};
std::string svg_of(const picture& shown);
}  // namespace twinslot::bench
