#include "runtime/os/elf.hpp"

#include "runtime/os/executable_path.hpp"
#include "runtime/os/file.hpp"
#include "runtime/os/mapped.hpp"
#include "tests/catch.hpp"

#include <elf.h>
#include <link.h>

using namespace twinslot;
using namespace twinslot::os;

namespace {
/// A library that every process has.
std::string libc_path() {
  std::string found;
  ::dl_iterate_phdr(
      [](dl_phdr_info* library, std::size_t, void* into) {
        const std::string_view name = library->dlpi_name;
        if (name.find("libc.so") != std::string_view::npos)
          *static_cast<std::string*>(into) = name;
        return 0;
      },
      &found);
  return found;
}

std::string with_byte(std::string bytes, std::size_t at, char value) {
  bytes[at] = value;
  return bytes;
}
}  // namespace

TEST_CASE("read_elf knows the C library") {
  const std::string bytes = read_file(libc_path()).value();
  const auto file = read_elf(bytes);
  REQUIRE(file);
  REQUIRE(file->find("malloc") != nullptr);
  CHECK(file->find("malloc")->defined);
  CHECK(file->find("no_such_function") == nullptr);
  CHECK(file->needed.size() >= 1);
  CHECK(file->build_id.size() == 20);
  CHECK_FALSE(file->segments.empty());
}

TEST_CASE("read_elf refuses what is no shared library of this machine") {
  CHECK(read_elf("").reason() == "empty"_atom);
  CHECK(read_elf("#!/bin/sh\n").reason() == "not_elf"_atom);
  CHECK(read_elf("\x7f").reason() == "truncated"_atom);
  CHECK(read_elf("\x7f"
                 "ELF")
            .reason() == "truncated"_atom);
  std::string bytes = read_file(libc_path()).value();
  CHECK(read_elf(with_byte(bytes, offsetof(Elf64_Ehdr, e_machine), char(EM_S390))).reason()[0] == "wrong_machine"_atom);
  CHECK(read_elf(with_byte(bytes, EI_CLASS, ELFCLASS32)).reason()[0] == "wrong_machine"_atom);
  CHECK(read_elf(with_byte(bytes, offsetof(Elf64_Ehdr, e_type), ET_REL)).reason() ==
        tuple("not_shared", "relocatable"));
  CHECK(read_elf(with_byte(bytes, offsetof(Elf64_Ehdr, e_type), ET_EXEC)).reason() ==
        tuple("not_shared", "executable"));
  CHECK(read_elf(with_byte(bytes, offsetof(Elf64_Ehdr, e_phnum), 0)).reason() == tuple("bad_elf", "program_headers"));
}

TEST_CASE("read_elf names the machine that a file is for") {
  const std::string bytes = read_file(libc_path()).value();
  const auto found = [&](unsigned char machine) {
    return read_elf(with_byte(bytes, offsetof(Elf64_Ehdr, e_machine), static_cast<char>(machine))).reason()[1];
  };
  CHECK(found(EM_386) == "i386"_atom);
  CHECK(found(EM_ARM) == "arm"_atom);
  CHECK(found(EM_RISCV) == "riscv64"_atom);
  CHECK(found(77) == term(77));
}

TEST_CASE("is_mapped tells loaded from not") {
  CHECK(is_mapped(libc_path()));
  CHECK_FALSE(is_mapped("/no/such/library.so"));
  CHECK(mapped_count() > 2);
}

TEST_CASE("executable_path is this test") {
  CHECK(base_name(executable_path()) == "test_os");
}
