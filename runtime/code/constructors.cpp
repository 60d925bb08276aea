// runtime/code/constructors.cpp
#include "runtime/code/constructors.hpp"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include <dlfcn.h>

namespace twinslot::code {
namespace {
// In the range that is free for systems' own tags; glibc and musl skip tags that they do not know.
constexpr std::int64_t withheld = 0x60545300;

/// What the entry of this tag says, where it was renamed; 0: it is not there.
using entries = std::map<std::int64_t, std::uintptr_t>;

void append_array(std::vector<std::uintptr_t>& to, const entries& found, std::int64_t tag, std::int64_t size_tag,
                  std::uintptr_t base) {
  const auto array = found.find(withheld + tag);
  const auto bytes = found.find(size_tag);
  if (array == found.end() || bytes == found.end())
    return;
  const auto* functions = reinterpret_cast<const std::uintptr_t*>(base + array->second);
  for (std::size_t i = 0; i < bytes->second / sizeof *functions; ++i)
    if (functions[i] != 0 && functions[i] != UINTPTR_MAX)  // older tool chains end the array so
      to.push_back(functions[i]);
}
}  // namespace

void withhold_constructors(std::string& bytes, const std::vector<std::uint64_t>& run_by_loader) {
  for (std::uint64_t offset : run_by_loader) {
    std::int64_t tag = 0;
    std::memcpy(&tag, bytes.data() + offset, sizeof tag);
    tag += withheld;
    std::memcpy(bytes.data() + offset, &tag, sizeof tag);
  }
}

constructors::constructors(void* handle) {
  link_map* library = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, &library) != 0)
    return;
  entries found;
  for (const ElfW(Dyn)* entry = library->l_ld; entry->d_tag != DT_NULL; ++entry)
    found[entry->d_tag] = entry->d_un.d_val;
  const std::uintptr_t base = library->l_addr;
  if (const auto function = found.find(withheld + DT_INIT); function != found.end())
    first_.push_back(base + function->second);
  append_array(first_, found, DT_INIT_ARRAY, DT_INIT_ARRAYSZ, base);
  append_array(last_, found, DT_FINI_ARRAY, DT_FINI_ARRAYSZ, base);
  last_ = {last_.rbegin(), last_.rend()};  // the last constructed first
  if (const auto function = found.find(withheld + DT_FINI); function != found.end())
    last_.push_back(base + function->second);
}

void constructors::run() const {
  // As the loader calls them; a program's own arguments are nothing to a plugin.
  static char* no_arguments[] = {nullptr};
  for (std::uintptr_t function : first_)
    reinterpret_cast<void (*)(int, char**, char**)>(function)(0, no_arguments, environ);
}

void constructors::undo() const {
  for (std::uintptr_t function : last_)
    reinterpret_cast<void (*)()>(function)();
}
}  // namespace twinslot::code
