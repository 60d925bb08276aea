#include "runtime/console/bits.hpp"

#include "runtime/term/arithmetic.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace twinslot::console {
namespace {
constexpr std::uint64_t share_limit = 64;  // bytes; a longer part of a binary refers to it, a shorter one is copied

unsigned char byte_at(const term& binary, std::uint64_t index) {
  return static_cast<unsigned char>(binary.bytes()[index]);
}

term with_unused_bits(term bytes, unsigned unused) {
  raw_term bits = bytes.detach();
  bits.aux = unused;
  return term::adopt(bits);
}

// A part of a binary's bytes that refers to them.
term shared_part(const term& binary, std::uint64_t from, std::uint64_t bytes) {
  auto* whole = static_cast<binary_cell*>(binary.raw().box);
  cell* owner = whole->parent ? whole->parent : whole;
  owner->count.fetch_add(1, std::memory_order_relaxed);
  auto* made = static_cast<binary_cell*>(host::make_cell(kind::binary, bytes, sizeof(cell) + 2 * sizeof(void*) + 1));
  made->data = whole->data + from;
  made->parent = owner;
  raw_term raw = term::bits(kind::binary);
  raw.box = made;
  return term::adopt(raw);
}

// Halves by bits, rounded to even; empty where it does not fit.
std::optional<std::uint16_t> to_half(double value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const double magnitude = std::fabs(value);
  if (magnitude == 0)
    return sign;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  const int lowest = std::max(exponent - 11, -24);
  const auto mantissa = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, -lowest)));
  const std::uint32_t made = mantissa + (lowest > -24 ? static_cast<std::uint32_t>(lowest + 24) << 10 : 0);
  if (made >= 0x7C00)
    return std::nullopt;
  return static_cast<std::uint16_t>(sign | made);
}

std::optional<double> from_half(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 1023;
  if (exponent == 31)
    return std::nullopt;
  const double magnitude = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024, exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}
}  // namespace

std::uint64_t bit_size(const term& bitstring) noexcept {
  return bitstring.size() * 8 - bitstring.raw().aux;
}

void bit_writer::bits(std::uint64_t value, unsigned count) {
  while (count > 0) {
    if (used_ == 0)
      bytes_ += '\0';
    const unsigned room = 8 - used_;
    const unsigned taken = std::min(room, count);
    const auto piece = static_cast<unsigned char>((value >> (count - taken)) & ((1U << taken) - 1));
    bytes_.back() = static_cast<char>(static_cast<unsigned char>(bytes_.back()) | (piece << (room - taken)));
    used_ = (used_ + taken) & 7;
    count -= taken;
  }
}

void bit_writer::integer(const term& value, const segment_format& how) {
  // The value in two's complement, little endian, as many bytes as the segment has.
  const std::uint64_t bytes = (how.size + 7) / 8;
  bool negative = false;
  std::string little = integer_magnitude(value, negative);
  little.resize(bytes, '\0');
  if (negative) {
    unsigned carry = 1;
    for (char& c : little) {
      const unsigned flipped = (static_cast<unsigned char>(~c)) + carry;
      c = static_cast<char>(flipped);
      carry = flipped >> 8;
    }
  }
  const auto odd = static_cast<unsigned>(how.size % 8);
  if (how.little) {
    for (std::uint64_t i = 0; i < bytes; ++i)
      bits(static_cast<unsigned char>(little[i]), i + 1 == bytes && odd ? odd : 8);
  } else {
    for (std::uint64_t i = bytes; i-- > 0;)
      bits(static_cast<unsigned char>(little[i]), i + 1 == bytes && odd ? odd : 8);
  }
}

bool bit_writer::floating(double value, const segment_format& how) {
  std::uint64_t image = 0;
  if (how.size == 64) {
    image = std::bit_cast<std::uint64_t>(value);
  } else if (how.size == 32) {
    // Out of range is the image of infinity, as in OTP 25, and no pattern reads it back.
    const bool fits = std::fabs(value) <= std::numeric_limits<float>::max();
    const float infinity = std::copysign(std::numeric_limits<float>::infinity(), value < 0 ? -1.0F : 1.0F);
    image = std::bit_cast<std::uint32_t>(fits ? static_cast<float>(value) : infinity);
  } else if (how.size == 16) {
    const auto half = to_half(value);
    if (!half)
      return false;
    image = *half;
  } else {
    return false;
  }
  const auto bytes = static_cast<unsigned>(how.size / 8);
  for (unsigned i = 0; i < bytes; ++i)
    byte(static_cast<unsigned char>(image >> 8 * (how.little ? i : bytes - 1 - i)));
  return true;
}

void bit_writer::bitstring(const term& value, std::uint64_t count) {
  const std::string_view bytes = value.bytes();
  const std::uint64_t whole = count / 8;
  if (used_ == 0) {
    bytes_.append(bytes.substr(0, whole));
  } else {
    for (std::uint64_t i = 0; i < whole; ++i)
      byte(static_cast<unsigned char>(bytes[i]));
  }
  if (const auto odd = static_cast<unsigned>(count % 8))
    bits(static_cast<unsigned char>(bytes[whole]) >> (8 - odd), odd);
}

bool bit_writer::code_point(std::int64_t code, const segment_format& how) {
  if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
    return false;
  const auto c = static_cast<std::uint32_t>(code);
  const auto put = [&](std::uint32_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i)
      byte(static_cast<unsigned char>(value >> 8 * (how.little ? i : bytes - 1 - i)));
  };
  switch (how.what) {
    case segment_format::type::utf16:
      if (c >= 0x10000) {
        put(0xD800 + ((c - 0x10000) >> 10), 2);
        put(0xDC00 + ((c - 0x10000) & 0x3FF), 2);
      } else {
        put(c, 2);
      }
      return true;
    case segment_format::type::utf32: put(c, 4); return true;
    default: break;
  }
  if (c < 0x80) {
    byte(static_cast<unsigned char>(c));
    return true;
  }
  const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
  byte(static_cast<unsigned char>(lead[more] | (c >> 6 * more)));
  for (unsigned i = more; i-- > 0;)
    byte(static_cast<unsigned char>(0x80 | ((c >> 6 * i) & 0x3F)));
  return true;
}

term bit_writer::finish() const {
  term bytes = binary(bytes_);
  return used_ == 0 ? bytes : with_unused_bits(std::move(bytes), 8 - used_);
}

bit_reader::bit_reader(term from) noexcept : from_(std::move(from)), end_(bit_size(from_)) {}

std::uint64_t bit_reader::bits(unsigned count) {
  std::uint64_t value = 0;
  while (count > 0) {
    const auto used = static_cast<unsigned>(at_ % 8);
    const unsigned taken = std::min(8 - used, count);
    const unsigned byte = byte_at(from_, at_ / 8);
    value = value << taken | ((byte >> (8 - used - taken)) & ((1U << taken) - 1));
    at_ += taken;
    count -= taken;
  }
  return value;
}

bool bit_reader::skip(std::uint64_t count) {
  if (count > left())
    return false;
  at_ += count;
  return true;
}

std::optional<term> bit_reader::integer(const segment_format& how) {
  if (how.size > left())
    return std::nullopt;
  if (how.size == 0)
    return term(0);
  const std::uint64_t bytes = (how.size + 7) / 8;
  const auto odd = static_cast<unsigned>(how.size % 8);
  std::string little(bytes, '\0');
  for (std::uint64_t i = 0; i < bytes; ++i) {
    const std::uint64_t place = how.little ? i : bytes - 1 - i;
    little[place] = static_cast<char>(bits(place + 1 == bytes && odd ? odd : 8));
  }
  const unsigned top_bits = odd ? odd : 8;
  const auto top = static_cast<unsigned char>(little.back());
  const bool negative = how.is_signed && ((top >> (top_bits - 1)) & 1);
  if (negative) {
    if (odd)
      little.back() = static_cast<char>(top | (0xFFU << odd));
    unsigned carry = 1;
    for (char& c : little) {
      const unsigned flipped = (static_cast<unsigned char>(~c)) + carry;
      c = static_cast<char>(flipped);
      carry = flipped >> 8;
    }
  }
  return integer_from_bytes(little, negative);
}

std::optional<term> bit_reader::floating(const segment_format& how) {
  if (how.size > left() || (how.size != 16 && how.size != 32 && how.size != 64))
    return std::nullopt;
  const std::uint64_t start = at_;
  const auto bytes = static_cast<unsigned>(how.size / 8);
  std::uint64_t image = 0;
  for (unsigned i = 0; i < bytes; ++i)
    image |= bits(8) << 8 * (how.little ? i : bytes - 1 - i);
  double value = std::numeric_limits<double>::infinity();
  if (how.size == 64)
    value = std::bit_cast<double>(image);
  else if (how.size == 32)
    value = std::bit_cast<float>(static_cast<std::uint32_t>(image));
  else if (const auto half = from_half(static_cast<std::uint16_t>(image)))
    value = *half;
  if (std::isfinite(value))
    return term(value);
  at_ = start;
  return std::nullopt;
}

std::optional<term> bit_reader::bitstring(std::uint64_t count) {
  if (count > left())
    return std::nullopt;
  const std::uint64_t start = at_;
  at_ += count;
  const std::uint64_t bytes = (count + 7) / 8;
  const auto unused = static_cast<unsigned>(bytes * 8 - count);
  if (start == 0 && count == bit_size(from_))
    return from_;
  if (start % 8 == 0 && unused == 0)
    return bytes > share_limit ? shared_part(from_, start / 8, bytes) : binary(from_.bytes().substr(start / 8, bytes));
  at_ = start;  // bits that are not the part's are 0, as in every bitstring
  std::string copied(bytes, '\0');
  for (std::uint64_t i = 0; i < bytes; ++i) {
    const bool is_last = i + 1 == bytes;
    const unsigned taken = is_last ? 8 - unused : 8;
    copied[i] = static_cast<char>(bits(taken) << (8 - taken));
  }
  term part = binary(copied);
  return unused ? with_unused_bits(std::move(part), unused) : part;
}

std::optional<term> bit_reader::code_point(const segment_format& how) {
  const std::uint64_t start = at_;
  const auto unit = [&](unsigned bytes) -> std::optional<std::uint32_t> {
    if (left() < bytes * 8)
      return std::nullopt;
    std::uint32_t value = 0;
    for (unsigned i = 0; i < bytes; ++i)
      value |= static_cast<std::uint32_t>(bits(8)) << 8 * (how.little ? i : bytes - 1 - i);
    return value;
  };
  const auto read = [&]() -> std::optional<std::uint32_t> {
    if (how.what == segment_format::type::utf32)
      return unit(4);
    if (how.what == segment_format::type::utf16) {
      const auto first = unit(2);
      if (!first || *first < 0xD800 || *first > 0xDFFF)
        return first;
      const auto second = *first < 0xDC00 ? unit(2) : std::nullopt;
      if (!second || *second < 0xDC00 || *second > 0xDFFF)
        return std::nullopt;
      return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
    }
    const auto first = unit(1);
    if (!first || *first < 0x80)
      return first;
    const unsigned more = *first >= 0xF0 && *first < 0xF8   ? 3
                          : *first >= 0xE0 && *first < 0xF0 ? 2
                          : *first >= 0xC2 && *first < 0xE0 ? 1
                                                            : 0;
    if (more == 0)
      return std::nullopt;
    std::uint32_t code = *first & (0x3FU >> more);
    for (unsigned i = 0; i < more; ++i) {
      const auto next = unit(1);
      if (!next || (*next & 0xC0) != 0x80)
        return std::nullopt;
      code = code << 6 | (*next & 0x3F);
    }
    const bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
    return overlong ? std::nullopt : std::optional(code);
  };
  const auto code = read();
  if (code && *code <= 0x10FFFF && (*code < 0xD800 || *code > 0xDFFF))
    return term(static_cast<std::int64_t>(*code));
  at_ = start;
  return std::nullopt;
}
}  // namespace twinslot::console
