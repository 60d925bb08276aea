// expected: give a class an inspect()
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

class state {
public:
  state() {}
  std::int64_t n() const { return n_; }

private:
  std::int64_t n_ = 0;
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
