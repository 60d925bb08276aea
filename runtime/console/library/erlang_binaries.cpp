// runtime/console/library/erlang_binaries.cpp - erlang: binaries, bitstrings, iodata, the external format, checksums.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/bits.hpp"
#include "runtime/console/library/phash2.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/os/md5.hpp"
#include "runtime/term/external.hpp"
#include "runtime/term/list_limit.hpp"

#include <array>

namespace twinslot::library {
namespace {

constexpr auto erlang = "erlang";

const term& take_bitstring(const term& value) {
  if (!value.is_bitstring())
    raise_badarg();
  return value;
}
std::size_t bits_of(const term& bitstring) {
  return bitstring.size() * 8 - unused_bits(bitstring);
}

term byte_size(process&, const term* a) {
  return take_bitstring(a[0]).size();
}
term bit_size(process&, const term* a) {
  return bits_of(take_bitstring(a[0]));
}
term size(process&, const term* a) {
  if (a[0].is_tuple())
    return a[0].size();
  return bits_of(take_bitstring(a[0])) / 8;
}

/// Bytes [from, from + count) of a binary; a negative count goes backwards.
term part(const term& whole, const term& from, const term& count) {
  const auto limit = static_cast<std::int64_t>(take_binary(whole).size());
  std::int64_t start = take_integer(from, 0, limit);
  std::int64_t length = take_integer(count, -limit, limit);
  if (length < 0) {
    start += length;
    length = -length;
  }
  if (start < 0 || start + length > limit)
    raise_badarg();
  return part_of(whole, static_cast<std::size_t>(start), static_cast<std::size_t>(length));
}
term binary_part(process&, const term* a) {
  return part(a[0], a[1], a[2]);
}
term binary_part_pair(process&, const term* a) {
  if (!a[1].is_tuple(2))
    raise_badarg();
  return part(a[0], a[1][0], a[1][1]);
}
term split_binary(process&, const term* a) {
  const std::size_t all = take_binary(a[0]).size();
  const auto at = static_cast<std::size_t>(take_integer(a[1], 0, static_cast<std::int64_t>(all)));
  return tuple(part_of(a[0], 0, at), part_of(a[0], at, all - at));
}

term binary_to_list(process&, const term* a) {
  return list_of_bytes(take_binary(a[0]));
}
term binary_to_list_part(process&, const term* a) {
  const auto limit = static_cast<std::int64_t>(take_binary(a[0]).size());
  const std::int64_t first = take_integer(a[1], 1, limit);
  const std::int64_t last = take_integer(a[2], first, limit);
  return list_of_bytes(
      a[0].bytes().substr(static_cast<std::size_t>(first - 1), static_cast<std::size_t>(last - first + 1)));
}
term list_to_binary(process&, const term* a) {
  if (!a[0].is_list())
    raise_badarg();
  return binary(take_bytes(a[0]));
}
term iolist_to_binary(process&, const term* a) {
  return a[0].is_binary() ? a[0] : binary(take_bytes(a[0]));
}
term iolist_size(process&, const term* a) {
  return a[0].is_binary() ? term(a[0].size()) : term(take_bytes(a[0]).size());
}
term iolist_to_iovec(process& self, const term* a) {
  const term bytes = iolist_to_binary(self, a);
  return bytes.size() == 0 ? term{} : list(bytes);
}

term bitstring_to_list(process&, const term* a) {
  const std::string_view bytes = take_bitstring(a[0]).bytes();
  const unsigned unused = unused_bits(a[0]);
  if (unused == 0)
    return list_of_bytes(bytes);
  terms elements;
  for (char c : bytes.substr(0, bytes.size() - 1))
    elements.push_back(static_cast<unsigned char>(c));
  elements.push_back(bitstring(std::string(bytes.substr(bytes.size() - 1)), unused));
  return list_from(elements);
}
term list_to_bitstring(process&, const term* a) {
  if (!a[0].is_list())
    raise_badarg();
  bit_writer writer;
  terms open{a[0]};  // what is still to be written; the last is next
  while (!open.empty()) {
    const term next = std::move(open.back());
    open.pop_back();
    if (next.is_bitstring()) {
      writer.append(next.bytes(), bits_of(next));
      continue;
    }
    if (next.is_cons()) {
      const term head = next.head();
      const term tail = next.tail();
      if (tail.is_int64())
        raise_badarg();  // [1|2]
      open.push_back(tail);
      if (head.is_int64()) {
        const char byte = static_cast<char>(take_integer(head, 0, 255));
        writer.append({&byte, 1}, 8);
      } else {
        open.push_back(head);
      }
      continue;
    }
    if (!next.is_nil())
      raise_badarg();
  }
  return writer.finish();
}

term to_external(const term& value) {
  auto bytes = term_to_bytes(value);
  if (!bytes)
    raise_error(bytes.reason());
  return binary(*bytes);
}
term term_to_binary(process&, const term* a) {
  return to_external(a[0]);
}
term term_to_binary_with(process&, const term* a) {
  for (const term& option : proper(a[1])) {
    const bool known = option == "compressed"_atom || option == "local"_atom || option == "deterministic"_atom ||
                       (option.is_tagged("compressed"_atom, 2) && option[1].is_int64()) ||
                       (option.is_tagged("minor_version"_atom, 2) && option[1].is_int64());
    if (!known)
      raise_badarg();
    if (option.is_tuple())
      take_integer(option[1], 0, option[0] == "compressed"_atom ? 9 : 2);
  }
  return to_external(a[0]);
}
term term_to_iovec(process&, const term* a) {
  return list(to_external(a[0]));
}
term external_size(process&, const term* a) {
  return to_external(a[0]).size();
}
term from_external(const term& bytes, std::size_t& used, atoms_of_bytes which = atoms_of_bytes::any) {
  auto value = bytes_to_term(take_binary(bytes), used, which);
  if (!value)
    raise_error(value.reason());
  return *value;
}
term binary_to_term(process&, const term* a) {
  std::size_t used = 0;
  return from_external(a[0], used);
}
term binary_to_term_with(process&, const term* a) {
  auto which = atoms_of_bytes::any;
  for (const term& option : proper(a[1])) {
    if (option == "safe"_atom)
      which = atoms_of_bytes::known;
    else if (option != "used"_atom)
      raise_badarg();
  }
  std::size_t used = 0;
  const term value = from_external(a[0], used, which);
  for (const term& option : proper(a[1]))
    if (option == "used"_atom)
      return tuple(value, used);
  return value;
}

term md5(process&, const term* a) {
  return binary(os::md5_of(take_bytes(a[0])));
}

/// CRC-32 of IEEE 802.3, continued from `start`.
std::uint32_t crc32_of(std::uint32_t start, std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      made[i] = i;
      for (int bit = 0; bit < 8; ++bit)
        made[i] = made[i] & 1 ? made[i] >> 1 ^ 0xEDB88320 : made[i] >> 1;
    }
    return made;
  }();
  std::uint32_t crc = ~start;
  for (char c : bytes)
    crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}
std::uint32_t adler32_of(std::uint32_t start, std::string_view bytes) {
  std::uint32_t low = start & 0xFFFF;
  std::uint32_t high = start >> 16;
  for (char c : bytes) {
    low = (low + static_cast<unsigned char>(c)) % 65521;
    high = (high + low) % 65521;
  }
  return high << 16 | low;
}
term crc32(process&, const term* a) {
  return crc32_of(0, take_bytes(a[0]));
}
term crc32_from(process&, const term* a) {
  return crc32_of(static_cast<std::uint32_t>(take_integer(a[0], 0, 0xFFFFFFFF)), take_bytes(a[1]));
}
term adler32(process&, const term* a) {
  return adler32_of(1, take_bytes(a[0]));
}
term adler32_from(process&, const term* a) {
  return adler32_of(static_cast<std::uint32_t>(take_integer(a[0], 0, 0xFFFFFFFF)), take_bytes(a[1]));
}

term phash2(process&, const term* a) {
  return phash2_of(a[0]) & 0x7FFFFFF;  // 2^27 values
}
term phash2_range(process&, const term* a) {
  const std::int64_t range = take_integer(a[1], 1, std::int64_t{1} << 32);
  return static_cast<std::int64_t>(phash2_of(a[0])) % range;
}

constexpr native functions[] = {
    {erlang, "adler32", 1, adler32, "adler32(Data)", "Adler-32 checksum of iodata."},
    {erlang, "adler32", 2, adler32_from, "adler32(OldAdler, Data)", "The checksum continued."},
    {erlang, "binary_part", 2, binary_part_pair, "binary_part(Subject, {Start, Length})", "A part of a binary."},
    {erlang, "binary_part", 3, binary_part, "binary_part(Subject, Start, Length)",
     "A part of a binary; a negative Length reaches back from Start."},
    {erlang, "binary_to_list", 1, binary_to_list, "binary_to_list(Binary)", "The bytes as a list."},
    {erlang, "binary_to_list", 3, binary_to_list_part, "binary_to_list(Binary, Start, Stop)",
     "The bytes of positions Start to Stop, from 1."},
    {erlang, "binary_to_term", 1, binary_to_term, "binary_to_term(Binary)", "The term of Erlang's external format."},
    {erlang, "binary_to_term", 2, binary_to_term_with, "binary_to_term(Binary, Options)", "Options: safe, used."},
    {erlang, "bit_size", 1, bit_size, "bit_size(Bitstring)", "How many bits it has."},
    {erlang, "bitstring_to_list", 1, bitstring_to_list, "bitstring_to_list(Bitstring)",
     "The bytes as a list; what is left of the last is a bitstring."},
    {erlang, "byte_size", 1, byte_size, "byte_size(Bitstring)", "How many bytes it takes."},
    {erlang, "crc32", 1, crc32, "crc32(Data)", "CRC-32 checksum of iodata."},
    {erlang, "crc32", 2, crc32_from, "crc32(OldCrc, Data)", "The checksum continued."},
    {erlang, "external_size", 1, external_size, "external_size(Term)", "Bytes of the term in the external format."},
    {erlang, "iolist_size", 1, iolist_size, "iolist_size(Item)", "How many bytes iodata has."},
    {erlang, "iolist_to_binary", 1, iolist_to_binary, "iolist_to_binary(IoListOrBinary)", "The bytes of iodata."},
    {erlang, "iolist_to_iovec", 1, iolist_to_iovec, "iolist_to_iovec(IoListOrBinary)",
     "The bytes as a list of binaries."},
    {erlang, "list_to_binary", 1, list_to_binary, "list_to_binary(IoList)", "The bytes of a list."},
    {erlang, "list_to_bitstring", 1, list_to_bitstring, "list_to_bitstring(BitstringList)", "The bits of a list."},
    {erlang, "md5", 1, md5, "md5(Data)", "The 16 bytes of the MD5 sum of iodata."},
    {erlang, "phash2", 1, phash2, "phash2(Term)", "A hash below 2^27 that is the same everywhere."},
    {erlang, "phash2", 2, phash2_range, "phash2(Term, Range)", "A hash below Range that is the same everywhere."},
    {erlang, "size", 1, size, "size(Item)", "Elements of a tuple or bytes of a binary."},
    {erlang, "split_binary", 2, split_binary, "split_binary(Binary, Pos)", "{the first Pos bytes, the others}."},
    {erlang, "term_to_binary", 1, term_to_binary, "term_to_binary(Term)", "The term in Erlang's external format."},
    {erlang, "term_to_iovec", 1, term_to_iovec, "term_to_iovec(Term)", "term_to_binary/1 as a list of binaries."},
    {erlang, "term_to_binary", 2, term_to_binary_with, "term_to_binary(Term, Options)",
     "Options as in OTP; compression is not done."},
};
}  // namespace

std::span<const native> erlang_binaries() {
  return functions;
}
}  // namespace twinslot::library
