// runtime/os/imports.cpp
#include "runtime/os/imports.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <map>

namespace twinslot::os {
namespace {
/// Whether the loader writes the symbol's address, plus the addend, as a word.
bool is_address(std::uint64_t type) {
#if defined(__x86_64__)
  return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || type == R_X86_64_64;
#elif defined(__aarch64__)
  return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT || type == R_AARCH64_ABS64;
#elif defined(__riscv)
  return type == R_RISCV_JUMP_SLOT || type == R_RISCV_64;
#else
#error "runtime/os/imports.cpp: which relocations does this machine have?"
#endif
}

std::uintptr_t page_of(std::uintptr_t at) {
  const auto bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  return at / bytes * bytes;
}
}  // namespace

imports::imports(void* handle) {
  link_map* library = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, &library) != 0)
    return;
  base_ = library->l_addr;
  find_segments(library->l_ld);
  std::map<std::int64_t, std::uintptr_t> found;
  for (const ElfW(Dyn)* entry = library->l_ld; entry->d_tag != DT_NULL; ++entry)
    found[entry->d_tag] = entry->d_un.d_val;
  const auto get = [&](std::int64_t tag) { return found.contains(tag) ? found[tag] : 0; };
  symbols_ = absolute(get(DT_SYMTAB));
  names_ = absolute(get(DT_STRTAB));
  for (const auto& [address, bytes] : {std::pair{DT_RELA, DT_RELASZ}, std::pair{DT_JMPREL, DT_PLTRELSZ}})
    if (get(address) != 0)
      relocations_.push_back({absolute(get(address)), get(bytes)});
}

/// glibc turns some addresses in the dynamic section into absolute ones, where it may write there; others do not.
std::uintptr_t imports::absolute(std::uintptr_t address) const noexcept {
  return address < base_ ? base_ + address : address;
}

void imports::find_segments(const void* dynamic) {
  struct search {
    imports& into;
    std::uintptr_t section;
  } wanted{*this, reinterpret_cast<std::uintptr_t>(dynamic)};
  ::dl_iterate_phdr(
      [](dl_phdr_info * library, std::size_t, void* data) __attribute__((no_sanitize("thread"))) {
        auto& [into, section] = *static_cast<search*>(data);
        std::uintptr_t begin = UINTPTR_MAX, end = 0, relro = 0, relro_end = 0;
        bool is_it = false;
        for (int i = 0; i < library->dlpi_phnum; ++i) {
          const auto& header = library->dlpi_phdr[i];
          const std::uintptr_t first = library->dlpi_addr + header.p_vaddr;
          const std::uintptr_t last = first + header.p_memsz;
          if (header.p_type == PT_LOAD) {
            begin = std::min(begin, first);
            end = std::max(end, last);
          } else if (header.p_type == PT_DYNAMIC) {
            is_it = first == section;
          } else if (header.p_type == PT_GNU_RELRO) {
            relro = first;
            relro_end = last;
          }
        }
        if (!is_it)
          return 0;
        into.begin_ = begin;
        into.end_ = end;
        into.protected_begin_ = page_of(relro);
        into.protected_end_ = page_of(relro_end);
        return 1;
      },
      &wanted);
}

std::size_t imports::redirect(const std::vector<std::pair<std::string_view, std::uintptr_t>>& functions) {
  std::vector<std::pair<std::uintptr_t*, std::uintptr_t>> changes;
  for (const table& one : relocations_) {
    const auto* relocation = reinterpret_cast<const ElfW(Rela)*>(one.first);
    for (std::size_t i = 0; i < one.bytes / sizeof *relocation; ++i) {
      const auto& symbol = reinterpret_cast<const ElfW(Sym)*>(symbols_)[ELF64_R_SYM(relocation[i].r_info)];
      if (!is_address(ELF64_R_TYPE(relocation[i].r_info)) || symbol.st_shndx != SHN_UNDEF)
        continue;
      const std::string_view name = reinterpret_cast<const char*>(names_) + symbol.st_name;
      const auto found = std::find_if(functions.begin(), functions.end(),
                                      [&](const auto& function) { return function.first == name; });
      if (found != functions.end())
        changes.emplace_back(reinterpret_cast<std::uintptr_t*>(base_ + relocation[i].r_offset),
                             found->second + static_cast<std::uintptr_t>(relocation[i].r_addend));
    }
  }
  if (changes.empty())
    return 0;
  const std::size_t protected_bytes = protected_end_ - protected_begin_;
  auto* const first = reinterpret_cast<void*>(protected_begin_);
  if (protected_bytes != 0 && ::mprotect(first, protected_bytes, PROT_READ | PROT_WRITE) != 0)
    return 0;
  for (const auto& [word, function] : changes)
    *word = function;
  if (protected_bytes != 0)
    ::mprotect(first, protected_bytes, PROT_READ);
  return changes.size();
}
}  // namespace twinslot::os
