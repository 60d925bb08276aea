// expected: write std::string or ts::text
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct state {
  std::string_view name;
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
