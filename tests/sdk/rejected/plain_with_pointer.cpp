// expected: keep the value itself
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct node {
  std::int64_t value = 0;
};
struct state {
  std::int64_t count = 0;
  node* first = nullptr;
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
