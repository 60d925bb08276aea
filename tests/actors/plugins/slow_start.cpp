// slow_start: a server whose init occupies its thread for [Ms].
#include <twinslot/gen_server.hpp>

#include <unistd.h>

namespace ts = twinslot;

TWINSLOT_MODULE(slow_start, "1") {
  return ts::gen_server<std::int64_t>("slow_start").init([](std::int64_t time_ms) {
    ::usleep(static_cast<::useconds_t>(time_ms * 1000));
    return time_ms;
  });
}
