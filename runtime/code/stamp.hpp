// runtime/code/stamp.hpp - the checksum that a plugin carries, of what is loaded of it.
//
// Bits that flipped in machine code or in a relocation can pass a trial run and kill the node afterwards; no trial
// proves a damaged file whole. So whoever links a plugin stamps it: a note in the file (abi.hpp) holds the MD5 of all
// that is mapped, but for what `strip` changes and for the stamp itself. A file that differs is refused unopened.
// No protection against an enemy, who can stamp, too.
#pragma once
#include "runtime/os/elf.hpp"

#include <string>
#include <string_view>

namespace twinslot::code {

/// Checks the stamp, if there is one, and gives the 16 bytes of the checksum: the same before and after stamping.
/// Errors: {badfile, damaged}; {badfile, {bad_note, Why}} with Why one of two, stamp - it has another size.
result<std::string> checked_sum(std::string_view bytes, const os::elf_file& file);

/// Writes the stamp into the file, over the one that is there. Any thread, one at a time for a file.
/// Errors: {badfile, Path, Why} with Why one of {unreadable, PosixAtom}, {unwritable, PosixAtom}, what os::read_elf
/// says, {bad_note, Why} as above or no_stamp - the file has no room for one.
result<void> stamp_file(const std::string& path);
}  // namespace twinslot::code
