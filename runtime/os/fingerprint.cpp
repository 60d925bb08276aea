#include "runtime/os/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace twinslot::os {
namespace {
constexpr std::size_t lane_count = 4;
using lanes = std::array<std::uint64_t, lane_count>;

void take(lanes& into, const char* bytes) noexcept {
  lanes words;
  std::memcpy(words.data(), bytes, sizeof words);
  for (std::size_t i = 0; i < lane_count; ++i) {
    std::uint64_t mixed = (into[i] ^ words[i]) * 0x9FB21C651E98DF25u;  // an odd factor: nothing is lost
    mixed ^= mixed >> 32;  // what changed in the high bits only reaches all of them
    into[i] = mixed * 0x9FB21C651E98DF25u;
  }
}
}  // namespace

std::string fingerprint_of(std::string_view bytes) {
  lanes state{0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89};  // digits of pi
  const std::uint64_t size = bytes.size();
  for (; bytes.size() >= sizeof state; bytes.remove_prefix(sizeof state))
    take(state, bytes.data());
  std::array<char, sizeof state> last{};
  std::copy(bytes.begin(), bytes.end(), last.begin());
  take(state, last.data());
  std::string made(reinterpret_cast<const char*>(state.data()), sizeof state);
  return made.append(reinterpret_cast<const char*>(&size), sizeof size);
}
}  // namespace twinslot::os
