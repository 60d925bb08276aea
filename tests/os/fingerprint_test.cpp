// Telling contents apart.
#include "runtime/os/fingerprint.hpp"
#include "tests/catch.hpp"

#include <set>

using namespace twinslot;

TEST_CASE("a fingerprint belongs to the bytes alone, wherever they lie") {
  const std::string text(1000, 'x');
  const std::string moved = "y" + text;
  CHECK(os::fingerprint_of(text) == os::fingerprint_of(std::string_view(moved).substr(1)));
  CHECK(os::fingerprint_of(text).size() == 40);
}

TEST_CASE("one bit, anywhere, gives another fingerprint; so does another length") {
  std::set<std::string> seen;
  std::size_t count = 0;
  for (std::size_t size : {0, 1, 7, 8, 31, 32, 33, 64, 200}) {
    std::string text(size, '\0');
    seen.insert(os::fingerprint_of(text));
    ++count;
    for (std::size_t bit = 0; bit < size * 8; ++bit, ++count) {
      text[bit / 8] = static_cast<char>(1 << bit % 8);
      seen.insert(os::fingerprint_of(text));
      text[bit / 8] = '\0';
    }
  }
  CHECK(seen.size() == count);
}
