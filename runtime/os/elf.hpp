// runtime/os/elf.hpp - what a shared library says of itself, read before the system's loader sees it.
//
// The loader trusts a file: it maps what the headers say and runs into what is not there (SIGBUS), and reports other
// machines' files as "no such file". So every offset is checked against the file's size first. The reader looks at what
// the loader uses, the program headers and the dynamic section; section headers count for completeness alone, as they
// may be stripped.
// Source: ELF-64 Object File Format; elf(5); glibc's elf/dl-load.c for what goes wrong.
#pragma once
#include "runtime/term/result.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace twinslot::os {

struct elf_note {
  std::string_view owner;
  std::uint32_t type;
  std::string_view contents;
};
struct elf_symbol {
  std::string_view name;
  bool defined;
  bool weak;
  bool unique;  // GNU_UNIQUE: the first definition in the process serves every library, and stays for ever
};
/// Part of the file that is mapped.
struct elf_segment {
  std::uint64_t address;
  std::uint64_t memory_bytes;
  std::uint32_t flags;
  std::string_view contents;
};
/// Views into the bytes that were read: valid while those are.
struct elf_file {
  std::vector<elf_segment> segments;
  std::vector<elf_note> notes;
  std::vector<elf_symbol> symbols;       // dynamic ones: what it exports and imports
  std::vector<std::string_view> needed;  // other libraries
  std::string_view build_id;             // empty: none
  // Where in the file the dynamic section names code that the system's loader runs by itself: constructors when it
  // opens the file, destructors when it closes it. Offsets of the entries' tags.
  std::vector<std::uint64_t> run_by_loader;
  bool nodelete = false;
  bool static_tls = false;

  const elf_symbol* find(std::string_view name) const noexcept;
};

/// Errors: empty; not_elf; truncated; {wrong_machine, Found, Wanted}; {not_shared, relocatable | executable | core |
/// Type}; {bad_elf, What} - it contradicts itself.
result<elf_file> read_elf(std::string_view bytes);

/// The files' contents with what differs between two builds of the same source left out: the ELF header's references to
/// sections (debug information moves them) and the build-id, which covers the debug information. `without`: a part of
/// `bytes` that is left out, too. Parts of one text, to be hashed in order.
std::vector<std::string_view> meaning_of(std::string_view bytes, const elf_file& file, std::string_view without = {});
}  // namespace twinslot::os
