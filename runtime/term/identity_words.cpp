// runtime/term/identity_words.cpp - references as Erlang's 32-bit words, and back.
#include "runtime/term/identity_words.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace twinslot {
namespace {

constexpr std::uint64_t wide_flag = std::uint64_t{1} << 63;

struct wide_references {
  std::mutex mutex;
  std::deque<reference_words> all;
  std::map<std::pair<std::uint32_t, std::array<std::uint32_t, 5>>, std::uint64_t> index;
};

wide_references& wide() {
  static auto* const table = new wide_references;
  return *table;
}
}  // namespace

reference_words words_of_reference(std::uint64_t id) {
  if (id & wide_flag) {
    wide_references& table = wide();
    const std::lock_guard lock(table.mutex);
    if (const std::uint64_t place = id & ~wide_flag; place < table.all.size())
      return table.all[place];
  }
  return {{static_cast<std::uint32_t>(id & 0x3FFFF), static_cast<std::uint32_t>(id >> 18),
           static_cast<std::uint32_t>(id >> 50), 0, 0},
          3};
}

std::uint64_t reference_id(const reference_words& words) {
  const auto& word = words.word;
  if (words.count == 3 && word[0] < 1U << 18 && word[2] < 1U << 13)
    return std::uint64_t{word[2]} << 50 | std::uint64_t{word[1]} << 18 | word[0];
  wide_references& table = wide();
  const std::lock_guard lock(table.mutex);
  const auto [known, is_new] = table.index.try_emplace({words.count, word}, table.all.size());
  if (is_new)
    table.all.push_back(words);
  return known->second | wide_flag;
}
}  // namespace twinslot
