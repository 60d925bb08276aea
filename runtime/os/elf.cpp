// runtime/os/elf.cpp
#include "runtime/os/elf.hpp"

#include <elf.h>
#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

namespace twinslot::os {
namespace {
#if defined(__x86_64__)
constexpr std::uint16_t our_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t our_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr std::uint16_t our_machine = EM_RISCV;
#else
#error "runtime/os/elf.cpp: which ELF machine is this?"
#endif

term machine_name(std::uint16_t machine, bool is_64) {
  switch (machine) {
    case EM_X86_64: return atom(is_64 ? "x86_64" : "x32");
    case EM_386: return "i386";
    case EM_AARCH64: return "aarch64";
    case EM_ARM: return "arm";
    case EM_RISCV: return atom(is_64 ? "riscv64" : "riscv32");
    case EM_PPC64: return "ppc64";
    case EM_PPC: return "ppc";
    case EM_S390: return "s390x";
    case EM_MIPS: return "mips";
    case EM_SPARCV9: return "sparc64";
    case 258: return "loongarch64";
    default: return machine;
  }
}

error bad(std::string_view what) {
  return error{tuple("bad_elf", atom(what))};
}

bool fits(std::uint64_t offset, std::uint64_t size, std::uint64_t limit) noexcept {
  return offset <= limit && size <= limit - offset;
}

template <class T>
T at(std::string_view bytes, std::uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// One after another, each step with what the former ones found.
class reader {
public:
  explicit reader(std::string_view bytes) : bytes_(bytes) {}
  result<elf_file> read();

private:
  using step = std::optional<error> (reader::*)();
  std::optional<error> identification();
  std::optional<error> file_header();
  std::optional<error> program_headers();
  std::optional<error> section_headers();
  std::optional<error> notes();
  std::optional<error> dynamic_section();
  std::optional<error> string_table();
  std::optional<error> needed_libraries();
  std::optional<error> constructors();
  std::optional<error> symbols();
  std::optional<error> relocations();

  /// The bytes of the file that are mapped at an address; empty if they are not all there.
  std::string_view mapped(std::uint64_t address, std::uint64_t size) const;
  /// All mapped bytes from an address on.
  std::string_view mapped_from(std::uint64_t address) const;
  bool writable(std::uint64_t address) const;
  std::optional<std::string_view> name_at(std::uint64_t offset) const;
  std::optional<std::uint64_t> dynamic(std::int64_t tag) const;
  std::optional<std::uint64_t> count_symbols() const;
  std::optional<error> check_table(std::int64_t address_tag, std::int64_t size_tag);

  std::string_view bytes_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> programs_;
  std::map<std::int64_t, std::uint64_t> dynamic_;
  std::vector<std::uint64_t> needed_;  // offsets of names
  std::string_view strings_;
  std::uint64_t symbol_count_ = 0;
  elf_file found_;
};

result<elf_file> reader::read() {
  for (step next : {&reader::identification, &reader::file_header, &reader::program_headers, &reader::section_headers,
                    &reader::notes, &reader::dynamic_section, &reader::string_table, &reader::needed_libraries,
                    &reader::constructors, &reader::symbols, &reader::relocations})
    if (auto failed = (this->*next)())
      return *failed;
  return std::move(found_);
}

std::optional<error> reader::identification() {
  if (bytes_.empty())
    return error{"empty"};
  const std::string_view magic(ELFMAG, SELFMAG);
  if (bytes_.substr(0, SELFMAG) != magic.substr(0, bytes_.size()))
    return error{"not_elf"};
  if (bytes_.size() < sizeof(Elf64_Ehdr))
    return error{"truncated"};
  const bool is_64 = bytes_[EI_CLASS] == ELFCLASS64;
  const bool is_little = bytes_[EI_DATA] == ELFDATA2LSB;
  auto machine = at<std::uint16_t>(bytes_, offsetof(Elf64_Ehdr, e_machine));
  if (!is_little)
    machine = static_cast<std::uint16_t>(machine << 8 | machine >> 8);
  if (!is_64 || !is_little || machine != our_machine)
    return error{tuple("wrong_machine", machine_name(machine, is_64), machine_name(our_machine, true))};
  if (bytes_[EI_VERSION] != EV_CURRENT)
    return bad("version");
  return {};
}

std::optional<error> reader::file_header() {
  header_ = at<Elf64_Ehdr>(bytes_, 0);
  switch (header_.e_type) {
    case ET_DYN: break;
    case ET_REL: return error{tuple("not_shared", "relocatable")};
    case ET_EXEC: return error{tuple("not_shared", "executable")};
    case ET_CORE: return error{tuple("not_shared", "core")};
    default: return error{tuple("not_shared", header_.e_type)};
  }
  if (header_.e_phnum == 0 || header_.e_phentsize != sizeof(Elf64_Phdr))
    return bad("program_headers");
  return {};
}

std::optional<error> reader::program_headers() {
  if (!fits(header_.e_phoff, std::uint64_t{header_.e_phnum} * sizeof(Elf64_Phdr), bytes_.size()))
    return error{"truncated"};
  std::uint64_t end = 0;
  for (unsigned i = 0; i < header_.e_phnum; ++i) {
    const auto program = at<Elf64_Phdr>(bytes_, header_.e_phoff + i * sizeof(Elf64_Phdr));
    if (program.p_type == PT_NULL)
      continue;
    if (!fits(program.p_offset, program.p_filesz, bytes_.size()))
      return error{"truncated"};
    programs_.push_back(program);
    if (program.p_type != PT_LOAD)
      continue;
    // The loader wants them in order; 2^47 is more than an address space holds.
    if (program.p_memsz < program.p_filesz || program.p_vaddr < end ||
        !fits(program.p_vaddr, program.p_memsz, std::uint64_t{1} << 47))
      return bad("segments");
    end = program.p_vaddr + program.p_memsz;
    found_.segments.push_back(
        {program.p_vaddr, program.p_memsz, program.p_flags, bytes_.substr(program.p_offset, program.p_filesz)});
  }
  if (found_.segments.empty())
    return bad("segments");
  return {};
}

/// Nothing here is used: but a file that lost its end is not what its author built, even if the end was only names.
std::optional<error> reader::section_headers() {
  if (header_.e_shoff == 0)
    return {};
  if (header_.e_shentsize != sizeof(Elf64_Shdr))
    return bad("section_headers");
  if (!fits(header_.e_shoff, sizeof(Elf64_Shdr), bytes_.size()))
    return error{"truncated"};
  std::uint64_t count = header_.e_shnum;
  if (count == 0)  // too many for 16 bits
    count = at<Elf64_Shdr>(bytes_, header_.e_shoff).sh_size;
  if (count > bytes_.size() / sizeof(Elf64_Shdr) || !fits(header_.e_shoff, count * sizeof(Elf64_Shdr), bytes_.size()))
    return error{"truncated"};
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto section = at<Elf64_Shdr>(bytes_, header_.e_shoff + i * sizeof(Elf64_Shdr));
    if (section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS &&
        !fits(section.sh_offset, section.sh_size, bytes_.size()))
      return error{"truncated"};
  }
  return {};
}

std::optional<error> reader::notes() {
  for (const Elf64_Phdr& program : programs_) {
    if (program.p_type != PT_NOTE)
      continue;
    const std::uint64_t align = program.p_align == 8 ? 8 : 4;
    const auto padded = [&](std::uint64_t size) { return (size + align - 1) / align * align; };
    std::string_view rest = bytes_.substr(program.p_offset, program.p_filesz);
    while (rest.size() >= sizeof(Elf64_Nhdr)) {
      const auto note = at<Elf64_Nhdr>(rest, 0);
      // The contents start and end on the boundary, counted from the note's start; the last padding may be missing.
      const std::uint64_t contents = padded(sizeof note + std::uint64_t{note.n_namesz});
      if (!fits(contents, note.n_descsz, rest.size()))
        return bad("notes");
      std::string_view owner = rest.substr(sizeof note, note.n_namesz);
      owner = owner.substr(0, owner.find('\0'));
      found_.notes.push_back({owner, note.n_type, rest.substr(contents, note.n_descsz)});
      if (owner == ELF_NOTE_GNU && note.n_type == NT_GNU_BUILD_ID)
        found_.build_id = found_.notes.back().contents;
      rest.remove_prefix(std::min<std::uint64_t>(padded(contents + note.n_descsz), rest.size()));
    }
  }
  return {};
}

std::optional<error> reader::dynamic_section() {
  const auto program =
      std::find_if(programs_.begin(), programs_.end(), [](const Elf64_Phdr& one) { return one.p_type == PT_DYNAMIC; });
  if (program == programs_.end())
    return bad("no_dynamic_section");
  // The loader reads it in memory, not in the file.
  const std::string_view table = mapped(program->p_vaddr, program->p_memsz);
  for (std::uint64_t offset = 0; fits(offset, sizeof(Elf64_Dyn), table.size()); offset += sizeof(Elf64_Dyn)) {
    const auto entry = at<Elf64_Dyn>(table, offset);
    if (entry.d_tag == DT_NULL) {
      const std::uint64_t flags = dynamic(DT_FLAGS).value_or(0);
      found_.nodelete = (dynamic(DT_FLAGS_1).value_or(0) & DF_1_NODELETE) != 0;
      found_.static_tls = (flags & DF_STATIC_TLS) != 0;
      if ((flags & DF_TEXTREL) != 0 || dynamic(DT_TEXTREL))
        return bad("text_relocations");
      return {};
    }
    if (entry.d_tag == DT_INIT || entry.d_tag == DT_INIT_ARRAY || entry.d_tag == DT_FINI ||
        entry.d_tag == DT_FINI_ARRAY)
      found_.run_by_loader.push_back(static_cast<std::uint64_t>(table.data() - bytes_.data()) + offset);
    if (entry.d_tag == DT_NEEDED)
      needed_.push_back(entry.d_un.d_val);
    else
      dynamic_[entry.d_tag] = entry.d_un.d_val;
  }
  return bad("dynamic_section");  // without an end
}

std::optional<error> reader::string_table() {
  const auto address = dynamic(DT_STRTAB);
  const auto size = dynamic(DT_STRSZ);
  if (!address || !size)
    return bad("string_table");
  strings_ = mapped(*address, *size);
  if (strings_.empty() || strings_.back() != '\0')
    return bad("string_table");
  return {};
}

std::optional<error> reader::needed_libraries() {
  for (std::uint64_t offset : needed_) {
    const auto name = name_at(offset);
    if (!name || name->empty())
      return bad("needed_libraries");
    found_.needed.push_back(*name);
  }
  return {};
}

/// The functions themselves are checked when they are run: relocations fill the arrays.
std::optional<error> reader::constructors() {
  for (std::int64_t tag : {DT_INIT, DT_FINI})
    if (const auto function = dynamic(tag); function && mapped(*function, 1).empty())
      return bad("constructors");
  for (const auto& [array, size] :
       {std::pair{DT_INIT_ARRAY, DT_INIT_ARRAYSZ}, std::pair{DT_FINI_ARRAY, DT_FINI_ARRAYSZ}}) {
    const auto address = dynamic(array);
    const std::uint64_t bytes = dynamic(size).value_or(0);
    if (address && bytes != 0 && mapped(*address, bytes).size() != bytes)
      return bad("constructors");
  }
  return {};
}

std::optional<error> reader::symbols() {
  const auto address = dynamic(DT_SYMTAB);
  const auto count = count_symbols();
  if (!address || !count || dynamic(DT_SYMENT).value_or(sizeof(Elf64_Sym)) != sizeof(Elf64_Sym))
    return bad("symbols");
  if (*count > bytes_.size() / sizeof(Elf64_Sym))
    return bad("symbols");
  const std::string_view table = mapped(*address, *count * sizeof(Elf64_Sym));
  if (table.empty())
    return bad("symbols");
  symbol_count_ = *count;
  for (std::uint64_t i = 1; i < *count; ++i) {  // the first one is nobody
    const auto symbol = at<Elf64_Sym>(table, i * sizeof(Elf64_Sym));
    const auto name = name_at(symbol.st_name);
    if (!name)
      return bad("symbols");
    const bool defined = symbol.st_shndx != SHN_UNDEF;
    if (defined && symbol.st_shndx != SHN_ABS && ELF64_ST_TYPE(symbol.st_info) != STT_TLS &&
        !fits(symbol.st_value, 0, found_.segments.back().address + found_.segments.back().memory_bytes))
      return bad("symbols");
    const unsigned binding = ELF64_ST_BIND(symbol.st_info);
    if (binding != STB_LOCAL)
      found_.symbols.push_back({*name, defined, binding == STB_WEAK, defined && binding == STB_GNU_UNIQUE});
  }
  return {};
}

/// Bits flipped in a relocation would have the loader write into a neighbour's memory.
std::optional<error> reader::relocations() {
  if (auto failed = check_table(DT_RELA, DT_RELASZ))
    return failed;
  if (auto failed = check_table(DT_JMPREL, DT_PLTRELSZ))
    return failed;
  return {};
}

std::optional<error> reader::check_table(std::int64_t address_tag, std::int64_t size_tag) {
  const auto address = dynamic(address_tag);
  const std::uint64_t size = dynamic(size_tag).value_or(0);
  if (!address || size == 0)
    return {};
  const std::string_view table = mapped(*address, size);
  if (table.size() != size || size % sizeof(Elf64_Rela) != 0)
    return bad("relocations");
  for (std::uint64_t offset = 0; offset < size; offset += sizeof(Elf64_Rela)) {
    const auto entry = at<Elf64_Rela>(table, offset);
    if (!writable(entry.r_offset) || ELF64_R_SYM(entry.r_info) >= symbol_count_)
      return bad("relocations");
  }
  return {};
}

std::string_view reader::mapped_from(std::uint64_t address) const {
  for (const elf_segment& segment : found_.segments)
    if (address >= segment.address && address - segment.address < segment.contents.size())
      return segment.contents.substr(address - segment.address);
  return {};
}

std::string_view reader::mapped(std::uint64_t address, std::uint64_t size) const {
  const std::string_view rest = mapped_from(address);
  return size <= rest.size() ? rest.substr(0, size) : std::string_view();
}

bool reader::writable(std::uint64_t address) const {
  return std::any_of(found_.segments.begin(), found_.segments.end(), [&](const elf_segment& segment) {
    return (segment.flags & PF_W) != 0 && address >= segment.address &&
           fits(address - segment.address, sizeof(std::uint64_t), segment.memory_bytes);
  });
}

std::optional<std::string_view> reader::name_at(std::uint64_t offset) const {
  if (offset >= strings_.size())
    return {};
  return std::string_view(strings_.data() + offset);  // the table ends in NUL
}

std::optional<std::uint64_t> reader::dynamic(std::int64_t tag) const {
  const auto entry = dynamic_.find(tag);
  if (entry == dynamic_.end())
    return {};
  return entry->second;
}

/// The file says it in its hash table alone: outright in the old kind; as the end of the last chain in GNU's.
std::optional<std::uint64_t> reader::count_symbols() const {
  if (const auto address = dynamic(DT_HASH)) {
    const std::string_view table = mapped(*address, 8);
    if (table.empty())
      return {};
    return at<std::uint32_t>(table, 4);
  }
  const auto address = dynamic(DT_GNU_HASH);
  if (!address)
    return {};
  const std::string_view table = mapped_from(*address);
  if (table.size() < 16)
    return {};
  const std::uint64_t bucket_count = at<std::uint32_t>(table, 0);
  const std::uint64_t first_hashed = at<std::uint32_t>(table, 4);
  const std::uint64_t bloom_count = at<std::uint32_t>(table, 8);
  const std::uint64_t buckets = 16 + bloom_count * 8;
  const std::uint64_t chains = buckets + bucket_count * 4;
  if (chains > table.size())
    return {};
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < bucket_count; ++i)
    last = std::max<std::uint64_t>(last, at<std::uint32_t>(table, buckets + i * 4));
  if (last < first_hashed) {
    // Exports nothing, so the table does not say how many it imports; the symbols end where the next table begins.
    const std::uint64_t symbols = dynamic(DT_SYMTAB).value_or(0);
    std::uint64_t end = dynamic(DT_STRTAB).value_or(0);
    for (std::int64_t tag : {DT_VERSYM, DT_RELA, DT_JMPREL, DT_GNU_HASH})
      if (const auto next = dynamic(tag); next && *next > symbols)
        end = std::min(end, *next);
    return std::max(first_hashed, end > symbols ? (end - symbols) / sizeof(Elf64_Sym) : 0);
  }
  for (;; ++last) {
    const std::uint64_t offset = chains + (last - first_hashed) * 4;
    if (!fits(offset, 4, table.size()))
      return {};
    if ((at<std::uint32_t>(table, offset) & 1) != 0)
      return last + 1;
  }
}
}  // namespace

const elf_symbol* elf_file::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(symbols.begin(), symbols.end(), [&](const elf_symbol& symbol) { return symbol.name == name; });
  return found == symbols.end() ? nullptr : &*found;
}

result<elf_file> read_elf(std::string_view bytes) {
  return reader(bytes).read();
}

std::vector<std::string_view> meaning_of(std::string_view bytes, const elf_file& file, std::string_view without) {
  // What is left out, as half-open ranges of offsets.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> holes = {
      {offsetof(Elf64_Ehdr, e_shoff), offsetof(Elf64_Ehdr, e_flags)},
      {offsetof(Elf64_Ehdr, e_shnum), sizeof(Elf64_Ehdr)}};
  for (std::string_view hole : {file.build_id, without}) {
    if (hole.empty())
      continue;
    const auto start = static_cast<std::uint64_t>(hole.data() - bytes.data());
    holes.emplace_back(start, start + hole.size());
  }
  std::sort(holes.begin(), holes.end());
  std::vector<std::string_view> parts;
  for (const elf_segment& segment : file.segments) {
    auto from = static_cast<std::uint64_t>(segment.contents.data() - bytes.data());
    const std::uint64_t end = from + segment.contents.size();
    for (const auto& [hole, hole_end] : holes) {
      if (hole_end <= from || hole >= end)
        continue;
      if (hole > from)
        parts.push_back(bytes.substr(from, hole - from));
      from = std::min(hole_end, end);
    }
    parts.push_back(bytes.substr(from, end - from));
  }
  return parts;
}
}  // namespace twinslot::os
