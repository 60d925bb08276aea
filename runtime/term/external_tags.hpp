// runtime/term/external_tags.hpp - the bytes that announce each kind in the external term format.
// Source: OTP's documentation of the format.
#pragma once

namespace twinslot::external {
inline constexpr unsigned version = 131;
inline constexpr char local_node[] = "nonode@nohost";

enum tag : unsigned char {
  new_float = 70,
  bit_binary = 77,
  new_pid = 88,
  new_port = 89,
  newer_reference = 90,
  small_integer = 97,
  integer = 98,
  old_float = 99,
  atom_latin1 = 100,
  old_reference = 101,
  old_port = 102,
  old_pid = 103,
  small_tuple = 104,
  large_tuple = 105,
  nil = 106,
  string = 107,
  list = 108,
  binary = 109,
  small_big = 110,
  large_big = 111,
  export_fun = 113,
  new_reference = 114,
  small_atom_latin1 = 115,
  map = 116,
  atom_utf8 = 118,
  small_atom_utf8 = 119,
  v4_port = 120,
};
}  // namespace twinslot::external
