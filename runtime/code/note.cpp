// runtime/code/note.cpp
#include "runtime/code/note.hpp"

#include <cstring>

namespace twinslot::code {
namespace {
constexpr std::size_t name_limit_bytes = 255 * 4;  // an atom's 255 characters

error bad_note(term why) {
  return error{tuple("badfile", tuple("bad_note", std::move(why)))};
}

std::optional<std::uint32_t> take_number(std::string_view& from) {
  std::uint32_t number = 0;
  if (from.size() < sizeof number)
    return {};
  std::memcpy(&number, from.data(), sizeof number);
  from.remove_prefix(sizeof number);
  return number;
}

/// Text of `size` bytes, padded with NULs to 4; NULs that the size counts are no part of it.
std::optional<std::string> take_text(std::string_view& from, std::uint32_t size) {
  if (size > from.size())
    return {};
  std::string text(from.substr(0, size));
  from.remove_prefix(std::min<std::size_t>((std::size_t{size} + 3) / 4 * 4, from.size()));
  return text.substr(0, text.find('\0'));
}
}  // namespace

result<std::optional<std::string_view>> find_note(const os::elf_file& file, std::uint32_t type) {
  std::optional<std::string_view> found;
  for (const os::elf_note& one : file.notes) {
    if (one.owner != abi::note_owner || one.type != type)
      continue;
    if (found)
      return bad_note("two");
    found = one.contents;
  }
  return found;
}

result<note> read_note(const os::elf_file& file) {
  const auto found = find_note(file, abi::note_type);
  if (!found)
    return found.error();
  if (!*found)
    return error{tuple("badfile", "no_note")};
  std::string_view rest = **found;
  const auto abi_number = take_number(rest);
  if (!abi_number)
    return bad_note("truncated");
  if (*abi_number != abi::version)  // the rest may look different there
    return error{tuple("bad_abi", *abi_number, abi::version)};
  const auto sdk_minor = take_number(rest);
  const auto module_bytes = take_number(rest);
  const auto vsn_bytes = take_number(rest);
  if (!sdk_minor || !module_bytes || !vsn_bytes)
    return bad_note("truncated");
  auto module = take_text(rest, *module_bytes);
  auto vsn = take_text(rest, *vsn_bytes);
  if (!module || !vsn)
    return bad_note("truncated");
  if (module->empty() || module->size() > name_limit_bytes)
    return bad_note("module");
  const auto stamp = find_note(file, abi::stamp_type);
  if (!stamp)
    return stamp.error();
  if (!*stamp)  // perhaps the damage is there: no way around the check
    return bad_note("no_stamp");
  return note{*sdk_minor, std::move(*module), std::move(*vsn)};
}
}  // namespace twinslot::code
