#include "runtime/os/md5.hpp"

#include "tests/catch.hpp"

using namespace twinslot::os;

TEST_CASE("md5 gives the digests of RFC 1321") {
  const std::pair<std::string, std::string> suite[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"},
  };
  for (const auto& [text, digest] : suite)
    CHECK(hex(md5_of(text)) == digest);
}

TEST_CASE("md5 of parts is md5 of the whole, wherever it is cut") {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += static_cast<char>(i * 7);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    md5 sum;
    sum.update(text.substr(0, cut)).update(text.substr(cut));
    REQUIRE(sum.finish() == md5_of(text));
  }
}
