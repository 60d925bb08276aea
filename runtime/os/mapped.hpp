// runtime/os/mapped.hpp - is a library still in memory? A dlclose that answered 0 proves nothing.
// Source: facts of glibc's loader: unique symbols, thread-local destructors and nodelete keep a closed library mapped.
#pragma once
#include <cstddef>
#include <string>

namespace twinslot::os {
/// True while the loader has a library that was opened under exactly this path. Any thread; about 50 ns a library.
bool is_mapped(const std::string& path);
/// How many libraries the loader has.
std::size_t mapped_count();
}  // namespace twinslot::os
