// tests/sdk/elf_file.hpp - what a built plugin shows to a loader: its note and its dynamic symbols.
//
// A reader of good files only, for looking at what the SDK and the flags produce; not the loader's.
#pragma once
#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace twinslot::test {
class elf_file {
public:
  explicit elf_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
  }
  struct symbol {
    std::string name;
    unsigned char binding;  // STB_...
    bool defined;
  };
  std::vector<symbol> dynamic_symbols() const {
    std::vector<symbol> found;
    const auto all = sections();
    for (const Elf64_Shdr& section : all) {
      if (section.sh_type != SHT_DYNSYM)
        continue;
      const Elf64_Shdr& strings = all[section.sh_link];
      for (std::size_t at = sizeof(Elf64_Sym); at < section.sh_size; at += sizeof(Elf64_Sym)) {
        const auto entry = read<Elf64_Sym>(section.sh_offset + at);
        found.push_back({bytes_.data() + strings.sh_offset + entry.st_name,
                         static_cast<unsigned char>(ELF64_ST_BIND(entry.st_info)), entry.st_shndx != SHN_UNDEF});
      }
    }
    return found;
  }
  /// The bytes of each note segment's note with this owner, from its header on.
  std::vector<std::string> notes(const std::string& owner) const {
    std::vector<std::string> found;
    const auto header = read<Elf64_Ehdr>(0);
    for (int i = 0; i < header.e_phnum; ++i) {
      const auto segment = read<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
      if (segment.p_type != PT_NOTE || segment.p_align > 4)
        continue;
      for (std::size_t at = segment.p_offset; at < segment.p_offset + segment.p_filesz;) {
        const auto note = read<Elf64_Nhdr>(at);
        const std::size_t bytes = sizeof(note) + (note.n_namesz + 3) / 4 * 4 + (note.n_descsz + 3) / 4 * 4;
        if (bytes_.compare(at + sizeof(note), note.n_namesz, owner + '\0') == 0)
          found.push_back(bytes_.substr(at, bytes));
        at += bytes;
      }
    }
    return found;
  }

private:
  template <class T>
  T read(std::size_t at) const {
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return value;
  }
  std::vector<Elf64_Shdr> sections() const {
    const auto header = read<Elf64_Ehdr>(0);
    std::vector<Elf64_Shdr> all;
    for (int i = 0; i < header.e_shnum; ++i)
      all.push_back(read<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr)));
    return all;
  }
  std::string bytes_;
};
}  // namespace twinslot::test
