// expected: no term form
#include <twinslot/std/vector.hpp>

#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

struct pool : std::allocator<std::int64_t> {
  template <class T>
  struct rebind {
    using other = std::allocator<T>;
  };
  void* (*take)(std::size_t) = nullptr;
};
struct state {
  std::vector<std::int64_t, pool> all;
};

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<state>("sample");
}
