#include "tests/bench/picture.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace twinslot::bench {
namespace {
constexpr double width = 720, height = 420;
constexpr double left = 80, right = 150, top = 50, bottom = 60;  // margins
constexpr const char* colours[] = {"#d1495b", "#3178c6", "#66a182", "#8d6bb0"};

/// From values to a stretch of the picture.
struct axis {
  double least, most;  // as shown: logarithms where it is logarithmic
  bool logarithmic;
  double begin, end;
  double place(double value) const {
    const double shown = logarithmic ? std::log10(value) : value;
    return begin + (shown - least) / (most - least) * (end - begin);
  }
};

axis axis_over(double least, double most, bool logarithmic, double begin, double end) {
  if (logarithmic) {
    least = std::floor(std::log10(std::max(least, 1e-3)));
    most = std::ceil(std::log10(std::max(most, 1e-3)));
  } else {
    const double step = std::pow(10, std::floor(std::log10(std::max(most, 1.0))));
    least = 0;
    most = std::ceil(most / step) * step;
  }
  return {least, std::max(most, least + 1), logarithmic, begin, end};
}

/// 1,000 -> 1k, 2,500,000 -> 2.5M
std::string short_number(double value) {
  if (value >= 1e6)
    return fmt::format("{:g}M", value / 1e6);
  return value >= 1e3 ? fmt::format("{:g}k", value / 1e3) : fmt::format("{:g}", value);
}

std::vector<double> marks(const axis& of) {
  std::vector<double> found;
  if (of.logarithmic)
    for (double power = of.least; power <= of.most + 0.5; ++power)
      found.push_back(std::pow(10, power));
  else
    for (int i = 0; i <= 4; ++i)
      found.push_back(of.least + (of.most - of.least) * i / 4);
  return found;
}

std::string text(double x, double y, const char* anchor, const std::string& what, const char* more = "") {
  return fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor, more, what);
}
std::string grid_line(double x1, double y1, double x2, double y2) {
  return fmt::format("<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", x1, y1, x2,
                     y2);
}

std::string curve_of(const picture::curve& one, const axis& across, const axis& up, const char* colour) {
  std::string line, dots;
  for (const auto& [x, y] : one.points) {
    const double at_x = across.place(x), at_y = up.place(std::max(y, up.logarithmic ? 1e-3 : 0));
    line += fmt::format("{:.1f},{:.1f} ", at_x, at_y);
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"/>\n", at_x, at_y, colour);
  }
  return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n{}", line, colour,
                     dots);
}
}  // namespace

std::string svg_of(const picture& shown) {
  double least_x = 1e300, most_x = 1, least_y = 1e300, most_y = 0;
  for (const auto& one : shown.series)
    for (const auto& [x, y] : one.points) {
      least_x = std::min(least_x, x), most_x = std::max(most_x, x);
      least_y = std::min(least_y, y), most_y = std::max(most_y, y);
    }
  const axis across = axis_over(least_x, most_x, true, left, width - right);
  const axis up = axis_over(least_y, most_y, shown.logarithmic, height - bottom, top);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" font-family=\"sans-serif\" "
      "font-size=\"13\">\n<style>text {{ fill: #555 }} .grid {{ stroke: #999; stroke-opacity: 0.35 }} "
      "@media (prefers-color-scheme: dark) {{ text {{ fill: #bbb }} }}</style>\n",
      width, height);
  out += text(left, 26, "start", shown.title, " font-size=\"16\"");
  for (const double mark : marks(across)) {
    out += grid_line(across.place(mark), top, across.place(mark), height - bottom);
    out += text(across.place(mark), height - bottom + 20, "middle", short_number(mark));
  }
  for (const double mark : marks(up)) {
    out += grid_line(left, up.place(mark), width - right, up.place(mark));
    out += text(left - 8, up.place(mark) + 4, "end", short_number(mark));
  }
  out += text((left + width - right) / 2, height - 14, "middle", shown.x);
  out += text(left - 8, top - 8, "end", shown.y);
  for (std::size_t i = 0; i < shown.series.size(); ++i) {
    const char* const colour = colours[i % std::size(colours)];
    const double at = top + 20 * double(i + 1);
    out += curve_of(shown.series[i], across, up, colour);
    out += fmt::format("<rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"12\" fill=\"{}\"/>\n", width - right + 20,
                       at - 11, colour);
    out += text(width - right + 38, at, "start", shown.series[i].name);
  }
  return out + "</svg>\n";
}
}  // namespace twinslot::bench
