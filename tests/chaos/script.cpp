#include <sstream>
#include <thread>

#include "tests/chaos/storm.hpp"

namespace twinslot::chaos {
namespace {
constexpr int operations = 1000;  // drawn per mille: see actor::weights
}

script::script(const settings& chosen) {
  if (!chosen.log.empty())
    out_.open(chosen.log);
  std::ifstream in(chosen.replay);
  std::string line;
  std::uint64_t number = 0;
  while (!chosen.replay.empty() && std::getline(in, line)) {
    std::istringstream words(line);
    int round = 0, actor = 0;
    step what{};
    if (words >> round >> actor >> what.operation >> what.first >> what.second) {
      auto& mine = recorded_[{round, actor}];
      mine.insert(mine.begin(), {++number, what});
      rounds_ = std::max(rounds_, round + 1);
    }
  }
}

bool script::next(int round, int actor, std::minstd_rand& dice, step& drawn) {
  if (!replays()) {
    drawn = {static_cast<int>(dice() % operations), static_cast<std::uint32_t>(dice()),
             static_cast<std::uint32_t>(dice())};
    const std::lock_guard lock(mutex_);
    if (out_)
      out_ << round << ' ' << actor << ' ' << drawn.operation << ' ' << drawn.first << ' ' << drawn.second << std::endl;
    return true;
  }
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      auto& mine = recorded_[{round, actor}];
      if (mine.empty())
        return false;
      if (mine.back().number == begun_ + 1) {
        drawn = mine.back().what;
        mine.pop_back();
        ++begun_;
        return true;
      }
    }
    std::this_thread::yield();
  }
}

void script::note(int round, int actor, const step& done, const std::string& result) {
  constexpr std::size_t enough = 60;
  ++count_;
  const std::lock_guard lock(mutex_);
  last_.push_back("round " + std::to_string(round) + " actor " + std::to_string(actor) + ": " + result + " (" +
                  std::to_string(done.operation) + ' ' + std::to_string(done.first) + ' ' +
                  std::to_string(done.second) + ')');
  if (last_.size() > 2 * enough)
    last_.erase(last_.begin(), last_.begin() + enough);
}

std::string script::tail() {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const std::string& each : last_)
    all += "  " + each + "\n";
  return all;
}
}  // namespace twinslot::chaos
