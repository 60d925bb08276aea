// runtime/code/constructors.hpp - a plugin's constructors and destructors are run by us, not by the system's loader.
//
// The loader runs constructors while it holds its lock. An exception out of one leaves that lock held for ever: the
// next dlopen hangs, and so does any thread at its first thread_local object with a destructor. A constructor that
// waits has the same effect for as long. So the private copy of a plugin hides its constructors: `withhold` renames
// the entries of its dynamic section, the loader does not know the new names and skips them. After dlopen, `run` calls
// the functions that the renamed entries list, without any lock; before dlclose, `undo` does the same for destructors.
//
// A file that was not changed has nothing left to run: then both do nothing.
// The constructors of other libraries that a plugin needs still run inside of dlopen.
// Source: ELF gABI, "Initialization and Termination Functions"; glibc's elf/dl-init.c, elf/dl-fini.c for the order.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace twinslot::code {

/// Renames the entries of the dynamic section at these offsets of the file (os::elf_file::run_by_loader).
void withhold_constructors(std::string& bytes, const std::vector<std::uint64_t>& run_by_loader);

/// Of one open library. The functions are read from memory when it is made; valid while the library is open.
class constructors {
public:
  constructors() = default;
  /// `handle` as dlopen gave it.
  explicit constructors(void* handle);
  /// Throws what a constructor throws; the later ones do not run then. Once.
  void run() const;
  /// Destructors of static objects, then functions marked as destructors. Throws what they throw. Once.
  void undo() const;
  bool none() const noexcept { return first_.empty() && last_.empty(); }

private:
  std::vector<std::uintptr_t> first_, last_;  // addresses of functions, in the order of their calls
};
}  // namespace twinslot::code
