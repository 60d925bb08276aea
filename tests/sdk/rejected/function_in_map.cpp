// expected: state may not hold code pointers
#include <twinslot/std/map.hpp>

#include <functional>

#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::map<std::int64_t, std::function<void()>> all;
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
