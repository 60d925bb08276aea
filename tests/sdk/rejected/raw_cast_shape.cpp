// expected: handle_cast, handle_info and handle_continue are
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

TWINSLOT_MODULE(sample, "1") {
  return ts::gen_server<std::int64_t>("sample").handle_cast([](const ts::term&) { return ts::noreply(); });
}
