// runtime/code/note.hpp - what a plugin says of itself before it is opened: an ELF note, laid out in abi.hpp.
//
// Opening a file runs its constructors, so the ABI number and the module's name are read from the note first.
#pragma once
#include "runtime/os/elf.hpp"
#include "runtime/sdk/twinslot/abi.hpp"

#include <optional>
#include <string>

namespace twinslot::code {

struct note {
  std::uint32_t sdk_minor;
  std::string module;
  std::string vsn;  // empty: none
};

/// Errors: {badfile, no_note}; {bad_abi, Found, Wanted}; {badfile, {bad_note, Why}} with Why one of truncated, two,
/// module, no_stamp - not even room for one.
result<note> read_note(const os::elf_file& file);
/// The only note of ours that has this type: its contents; none. Errors: {badfile, {bad_note, two}}.
result<std::optional<std::string_view>> find_note(const os::elf_file& file, std::uint32_t type);
}  // namespace twinslot::code
