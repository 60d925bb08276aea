// runtime/console/library/phash2.cpp
//
// Each kind of term mixes words of its own into a running hash, with a multiple of the golden ratio as its mark.
// Strings go in four bytes at a time; a map is the exclusive or of its pairs, so that their order does not matter.
// Source: Bob Jenkins, "Hash functions" (lookup2); the values of OTP 25's erlang:phash2/1, which tests compare.
#include "runtime/console/library/phash2.hpp"

#include "runtime/term/arithmetic.hpp"

#include <bit>
#include <string>
#include <vector>

namespace twinslot::library {
namespace {

constexpr std::uint32_t golden = 0x9e3779b9;
constexpr std::uint32_t mark(std::uint32_t number) {
  return golden * number;
}

void jenkins_mix(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c) {
  a = (a - b - c) ^ c >> 13;
  b = (b - c - a) ^ a << 8;
  c = (c - a - b) ^ b >> 13;
  a = (a - b - c) ^ c >> 12;
  b = (b - c - a) ^ a << 16;
  c = (c - a - b) ^ b >> 5;
  a = (a - b - c) ^ c >> 3;
  b = (b - c - a) ^ a << 10;
  c = (c - a - b) ^ b >> 15;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t from, std::size_t count) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < count && from + i < bytes.size(); ++i)
    word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[from + i])) << 8 * i;
  return word;
}

std::uint32_t hash_bytes(std::string_view bytes, std::uint32_t start) {
  std::uint32_t a = golden;
  std::uint32_t b = golden;
  std::uint32_t c = start;
  std::size_t at = 0;
  for (; at + 12 <= bytes.size(); at += 12) {
    a += little_endian(bytes, at, 4);
    b += little_endian(bytes, at + 4, 4);
    c += little_endian(bytes, at + 8, 4);
    jenkins_mix(a, b, c);
  }
  a += little_endian(bytes, at, 4);
  b += little_endian(bytes, at + 4, 4);
  c += static_cast<std::uint32_t>(bytes.size()) + (little_endian(bytes, at + 8, 3) << 8);
  jenkins_mix(a, b, c);
  return c;
}

/// The hash that OTP's atom table has of a name: PJW's, over Latin-1 where it can.
std::uint32_t hash_atom(std::string_view text) {
  std::uint32_t hash = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto byte = static_cast<unsigned char>(text[at]);
    if (at + 1 < text.size() && (byte & 0xFE) == 0xC2 && (static_cast<unsigned char>(text[at + 1]) & 0xC0) == 0x80)
      byte = static_cast<unsigned char>(byte << 6 | (static_cast<unsigned char>(text[++at]) & 0x3F));
    hash = (hash << 4) + byte;
    const std::uint32_t high = hash & 0xF0000000;
    if (high)
      hash ^= high >> 24 ^ high;
  }
  return hash;
}

class hasher {
public:
  std::uint32_t run(const term& value) {
    work_.push_back({step::value, value, 0, 0});
    while (!work_.empty()) {
      const job next = std::move(work_.back());
      work_.pop_back();
      switch (next.what) {
        case step::value: add(next.value); break;
        case step::pair_done:
          pairs_ ^= hash_;
          hash_ = 0;
          break;
        case step::map_done:
          hash_ = next.hash;
          mix(pairs_, mark(19));
          pairs_ = next.pairs;
          break;
      }
    }
    return hash_;
  }

private:
  enum class step { value, pair_done, map_done };
  struct job {
    step what;
    term value;
    std::uint32_t hash;
    std::uint32_t pairs;
  };

  void mix(std::uint32_t first, std::uint32_t second, std::uint32_t kind_mark) {
    std::uint32_t a = kind_mark + first;
    std::uint32_t b = kind_mark + second;
    jenkins_mix(a, b, hash_);
  }
  void mix(std::uint32_t first, std::uint32_t kind_mark) { mix(first, 0, kind_mark); }
  void push(const term& value) { work_.push_back({step::value, value, 0, 0}); }

  void add(const term& value) {
    switch (value.what()) {
      case kind::integer:
      case kind::bignum: add_integer(value); break;
      case kind::floating: add_float(value.as_float()); break;
      case kind::atom: add_atom(value.as_atom()); break;
      case kind::nil:
        if (hash_ == 0)
          hash_ = 3468870702U;
        else
          mix(2, mark(2));
        break;
      case kind::list:
      case kind::text: add_list(value); break;
      case kind::tuple:
        mix(static_cast<std::uint32_t>(value.size()), mark(9));
        for (std::size_t i = value.size(); i-- > 0;)
          push(value[i]);
        break;
      case kind::map: add_map(value); break;
      case kind::binary: add_binary(value); break;
      case kind::fun: add_fun(value); break;
      case kind::reference: mix(static_cast<std::uint32_t>(value.as_reference().id), mark(7)); break;
      case kind::port: mix(static_cast<std::uint32_t>(value.as_port().id), mark(6)); break;
      case kind::pid: mix(static_cast<std::uint32_t>(value.as_pid().id), mark(5)); break;
    }
  }

  void add_integer(const term& value) {
    constexpr std::int64_t small = std::int64_t{1} << 27;
    if (value.is_int64() && value.as_int64() >= -small && value.as_int64() < small) {
      const auto number = static_cast<std::int32_t>(value.as_int64());
      if (number < 0)
        mix(static_cast<std::uint32_t>(-number), mark(1));
      mix(static_cast<std::uint32_t>(number), mark(1));
      return;
    }
    bool negative = false;
    const std::string magnitude = integer_magnitude(value, negative);
    for (std::size_t at = 0; at < magnitude.size(); at += 8)
      mix(little_endian(magnitude, at, 4), little_endian(magnitude, at + 4, 4), mark(negative ? 10 : 11));
  }

  void add_float(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
    mix(static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits), mark(12));
  }

  void add_atom(atom name) {
    if (hash_ == 0)
      hash_ = hash_atom(name.text());
    else
      mix(hash_atom(name.text()), mark(3));
  }

  void add_list(const term& list) {
    const auto is_byte = [](const term& element) {
      return element.is_int64() && element.as_int64() >= 0 && element.as_int64() < 256;
    };
    std::uint32_t word = 0;
    int bytes = 0;
    term rest = list;
    for (; rest.is_cons() && is_byte(rest.head()); rest = rest.tail()) {
      word = (word << 8) + static_cast<std::uint32_t>(rest.head().as_int64());
      if (++bytes == 4) {
        mix(word, mark(4));
        word = 0;
        bytes = 0;
      }
    }
    if (bytes > 0)
      mix(word, mark(4));
    if (rest.is_cons()) {
      push(rest.tail());
      push(rest.head());
    } else {
      push(rest);
    }
  }

  void add_map(const term& map) {
    mix(static_cast<std::uint32_t>(map.size()), mark(16));
    if (map.size() == 0)
      return;
    work_.push_back({step::map_done, {}, hash_, pairs_});
    hash_ = 0;
    pairs_ = 0;
    for (const term& entry : map.to_list().elements_of_list()) {
      work_.push_back({step::pair_done, {}, 0, 0});
      push(entry[1]);
      push(entry[0]);
    }
  }

  void add_binary(const term& value) {
    const std::uint32_t start = mark(13) + hash_;
    const std::string_view bytes = value.bytes();
    const unsigned unused = value.raw().aux;
    if (bytes.empty()) {
      hash_ = start;
      return;
    }
    hash_ = hash_bytes(bytes.substr(0, bytes.size() - (unused ? 1 : 0)), start);
    if (unused)
      mix(8 - unused, static_cast<unsigned char>(bytes.back()) >> unused, mark(15));
  }

  void add_fun(const term& value) {
    const auto& fun = *static_cast<const fun_cell*>(value.raw().box);
    const auto hash_name = [](const raw_term& name) {
      const term& is = term::as_term(name);
      return is.is_atom() ? hash_atom(is.as_atom().text()) : 0;
    };
    mix(static_cast<std::uint32_t>(fun.arity), hash_name(fun.module), mark(1));
    mix(fun.flags & 1 ? hash_name(fun.name) : static_cast<std::uint32_t>(fun.unique), mark(14));
  }

  std::uint32_t hash_ = 0;
  std::uint32_t pairs_ = 0;
  std::vector<job> work_;
};
}  // namespace

std::uint32_t phash2_of(const term& value) {
  return hasher().run(value);
}
}  // namespace twinslot::library
