// runtime/console/library/bits.cpp
#include "runtime/console/library/bits.hpp"

namespace twinslot::library {
namespace {
constexpr std::size_t copy_limit = 64;  // bytes: OTP's heap binaries end here too
}

term part_of(const term& whole, std::size_t from, std::size_t count) {
  if (count <= copy_limit)
    return binary(whole.bytes().substr(from, count));
  auto* source = static_cast<binary_cell*>(whole.raw().box);
  cell* owner = source->parent ? source->parent : source;
  owner->count.fetch_add(1, std::memory_order_relaxed);
  auto* made = static_cast<binary_cell*>(host::make_cell(kind::binary, count, sizeof(binary_cell)));
  made->data = source->data + from;
  made->parent = owner;
  raw_term bits = term::bits(kind::binary);
  bits.box = made;
  return term::adopt(bits);
}

term bitstring(std::string bytes, unsigned unused) {
  if (unused > 0 && !bytes.empty())
    bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) >> unused << unused);
  raw_term bits = binary(bytes).detach();
  bits.aux = unused;
  return term::adopt(bits);
}

void bit_writer::append(std::string_view bytes, std::size_t count) {
  if (bits_ % 8 == 0) {
    bytes_.append(bytes.substr(0, (count + 7) / 8));
    bits_ = static_cast<unsigned>(count % 8);
    if (bits_ != 0)
      bytes_.back() = static_cast<char>(static_cast<unsigned char>(bytes_.back()) >> (8 - bits_) << (8 - bits_));
    return;
  }
  for (std::size_t at = 0; at < count; at += 8) {
    const unsigned take = static_cast<unsigned>(count - at < 8 ? count - at : 8);
    const unsigned byte = static_cast<unsigned char>(bytes[at / 8]) >> (8 - take) << (8 - take);
    bytes_.back() = static_cast<char>(static_cast<unsigned char>(bytes_.back()) | byte >> bits_);
    if (bits_ + take > 8)
      bytes_.push_back(static_cast<char>(byte << (8 - bits_)));
    bits_ += take;
    if (bits_ > 8)
      bits_ -= 8;
    if (bits_ == 8)
      bits_ = 0;
    if (bits_ == 0 && at + 8 < count) {
      append(bytes.substr(at / 8 + 1), count - at - 8);
      return;
    }
  }
}
}  // namespace twinslot::library
