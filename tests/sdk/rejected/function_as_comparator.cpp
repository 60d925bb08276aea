// expected: write a struct without members whose operator() compares
#include <twinslot/std/map.hpp>

#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::map<std::int64_t, std::int64_t, bool (*)(std::int64_t, std::int64_t)> all{
      [](std::int64_t a, std::int64_t b) { return a > b; }};
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
