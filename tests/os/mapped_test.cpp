#include "runtime/os/mapped.hpp"

#include "tests/catch.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstdlib>
#include <cstring>

using namespace twinslot::os;

namespace {
int data = 1;

/// The path under which the loader knows the library that `address` lies in.
std::string library_of(const void* address) {
  Dl_info found{};
  REQUIRE(::dladdr(address, &found) != 0);
  return found.dli_fname;
}

/// Two pages; the second is nobody's.
class last_page {
public:
  last_page() : bytes_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    void* const both = ::mmap(nullptr, 2 * bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(both != MAP_FAILED);
    first_ = static_cast<char*>(both);
    REQUIRE(::mprotect(first_ + bytes_, bytes_, PROT_NONE) == 0);
  }
  ~last_page() { ::munmap(first_, 2 * bytes_); }
  last_page(const last_page&) = delete;
  /// The place of the last `count` bytes that can be read.
  char* last(std::size_t count) const { return first_ + bytes_ - count; }

private:
  std::size_t bytes_;
  char* first_;
};
}  // namespace

TEST_CASE("what is a library's code: its own machine code, and nothing else") {
  const auto* const own = reinterpret_cast<const void*>(&std::qsort);
  const library_memory memory(library_of(own));
  CHECK(memory.is_code(own));
  CHECK_FALSE(memory.is_code(reinterpret_cast<const void*>(&library_of)));  // this program's
  CHECK_FALSE(memory.is_code(&data));
  CHECK_FALSE(memory.is_code(::dlsym(RTLD_DEFAULT, "environ")));  // its data
  CHECK_FALSE(memory.is_code(nullptr));
  CHECK_FALSE(memory.is_code(reinterpret_cast<const void*>(64)));
  const library_memory nobody("/never/opened.so");
  CHECK_FALSE(nobody.is_code(own));
}

TEST_CASE("what can be read: up to the end of a segment, up to a page that is not there") {
  const library_memory memory(library_of(reinterpret_cast<const void*>(&std::qsort)));
  CHECK(memory.is_readable(&data, sizeof data));
  CHECK_FALSE(memory.is_readable(nullptr, 1));
  CHECK_FALSE(memory.is_readable(reinterpret_cast<const void*>(64), 1));
  CHECK_FALSE(memory.is_readable(&data, SIZE_MAX));
  const last_page page;
  CHECK(memory.is_readable(page.last(3), 3));
  CHECK_FALSE(memory.is_readable(page.last(3), 4));
  const auto* const in_library = static_cast<const char*>(::dlsym(RTLD_DEFAULT, "environ"));
  CHECK(memory.is_readable(in_library, sizeof(char*)));
  CHECK_FALSE(memory.is_readable(in_library, std::size_t{1} << 30));  // beyond its segment
}

TEST_CASE("a text that has no end, or is too long, is none") {
  const library_memory memory("/never/opened.so");
  CHECK(memory.text("hello", 5) == "hello");
  CHECK(memory.text("", 0) == "");
  CHECK_FALSE(memory.text("hello", 4));
  CHECK_FALSE(memory.text(nullptr, 10));
  CHECK_FALSE(memory.text(reinterpret_cast<const char*>(64), 10));
  const last_page page;
  std::memcpy(page.last(3), "abc", 3);
  CHECK_FALSE(memory.text(page.last(3), 1000));
  std::memcpy(page.last(3), "ab", 3);
  CHECK(memory.text(page.last(3), 1000) == "ab");
  const std::string long_text(5000, 'x');  // more than a page
  CHECK(memory.text(long_text.c_str(), 5000) == long_text);
  CHECK_FALSE(memory.text(long_text.c_str(), 4999));
}
