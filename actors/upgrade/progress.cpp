#include "actors/upgrade/progress.hpp"

#include <unistd.h>

namespace twinslot::upgrade {
namespace {
using namespace std::chrono_literals;
constexpr std::size_t width = 20;
constexpr auto quiet_time = 1000ms;  // shorter work needs no bar
}  // namespace

std::string progress_line(const char* name, std::size_t done, std::size_t count) {
  const std::size_t filled = count ? done * width / count : width;
  std::string percent = std::to_string(count ? done * 100 / count : 100);
  percent.insert(0, 4 - percent.size(), ' ');
  return '[' + std::string(filled, '#') + std::string(width - filled, '.') + ']' + percent + " % " + name + ' ' +
         std::to_string(done) + '/' + std::to_string(count);
}

progress::progress(node& home, bool wanted) : home_(home), shown_(wanted && ::isatty(STDOUT_FILENO) == 1) {}

void progress::step(const char* name, std::size_t count) {
  name_ = name;
  done_ = 0;
  count_ = count;
}

void progress::reached(std::size_t done) {
  done_ = done;
  draw();
}

void progress::draw() {
  if (!shown_)
    return;
  const auto now = clock::now();
  if (now - begin_ < quiet_time || now - drawn_ < redraw_time)
    return;
  drawn_ = now;
  home_.put_chars("\r\x1b[K" + progress_line(name_, done_, count_));
}

void progress::finish() {
  if (drawn_ != clock::time_point{})
    home_.put_chars("\r\x1b[K");
}
}  // namespace twinslot::upgrade
