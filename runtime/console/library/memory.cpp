// runtime/console/library/memory.cpp - erlang:memory/0,1 and the shell's memory/0,1: what the node's memory is used
// for.
//
//     total       memory of the machine that the program occupies
//     code        the part that is mapped from files: the program, its libraries, the plugins
//     atom        the atoms' texts and table
//     binary      binaries of more than 64 bytes
//     system      code, atom and binary
//     processes   the rest: processes, states, messages, terms, and what the allocator keeps for the next ones
//
// So total is processes and system, as in Erlang. What one process takes: process_info(Pid, memory).
#include "runtime/term/memory.hpp"

#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/term/atom_table.hpp"

#include <unistd.h>
#include <algorithm>
#include <cstdio>

namespace twinslot::library {
namespace {

struct mapped_memory {
  std::int64_t resident = 0;
  std::int64_t of_files = 0;
};
mapped_memory read_mapped() {
  long resident = 0, of_files = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%*s %ld %ld", &resident, &of_files) != 2)
      resident = of_files = 0;
    std::fclose(file);
  }
  const std::int64_t page = sysconf(_SC_PAGESIZE);
  return {resident * page, of_files * page};
}

std::int64_t atom_bytes() {
  constexpr std::int64_t bytes_beside_its_text = 32;  // its places in the table
  std::int64_t sum = 0;
  const auto count = static_cast<std::uint32_t>(atom_count());
  for (std::uint32_t i = 0; i < count; ++i)
    sum += static_cast<std::int64_t>(atom::from_index(i).text().size()) + bytes_beside_its_text;
  return sum;
}

terms measured() {
  const std::int64_t atoms = atom_bytes();
  const std::int64_t binaries = std::max<std::int64_t>(binary_bytes(), 0);
  const mapped_memory mapped = read_mapped();
  const std::int64_t system = mapped.of_files + atoms + binaries;
  const std::int64_t rest = std::max<std::int64_t>(mapped.resident - system, 0);
  return {tuple("total", system + rest), tuple("processes", rest),       tuple("processes_used", rest),
          tuple("system", system),       tuple("atom", atoms),           tuple("atom_used", atoms),
          tuple("binary", binaries),     tuple("code", mapped.of_files), tuple("ets", 0)};
}

term memory(process&, const term*) {
  return list_from(measured());
}
term memory_of(process&, const term* a) {
  const terms all = measured();
  const auto one = [&](const term& key) {
    for (const term& item : all)
      if (item[0] == key)
        return item;
    raise_badarg();
  };
  if (!a[0].is_list())
    return one(a[0])[1];
  terms items;
  for (const term& key : proper(a[0]))
    items.push_back(one(key));
  return list_from(items);
}
// The shell's own raise as erlang's, whose name their stack has.
template <term (*Function)(process&, const term*), int Arity>
term of_shell(process& self, const term* a) {
  try {
    return Function(self, a);
  } catch (raised& failure) {
    failure.stack = list(tuple("erlang", "memory", list_of(a, Arity), term{}));
    throw;
  }
}

constexpr native functions[] = {
    {"erlang", "memory", 0, memory, "memory()", "Bytes by what they are used for: [{total, N}, {processes, N} ...]."},
    {"erlang", "memory", 1, memory_of, "memory(Type)", "Bytes of one type, or of a list of types."},
    {"c", "memory", 0, memory, "memory()", "bytes by what they are used for"},
    {"c", "memory", 1, of_shell<memory_of, 1>, "memory(Type)", "bytes of one type, or of a list of types"},
};
}  // namespace

std::span<const native> memory_functions() {
  return functions;
}
}  // namespace twinslot::library
