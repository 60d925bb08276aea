// counter, version 2: the state is a record now, and says how a number of version 1 becomes one.
#include <twinslot/gen_server.hpp>

namespace ts = twinslot;

// The fields' names are the record's: {state,2,1,{1795,224543,952857}}, and go with the values from version to version.
struct state {
  std::int64_t count = 0;
  std::int64_t increment_count = 0;
  ts::timestamp last_updated;  // undefined until the first increment
};

TWINSLOT_MODULE(counter, "2.0.0") {
  return ts::gen_server<state>("counter")
      .init([] { return state{}; })
      .cast("increment",
            [](state& s) {
              ++s.count;
              s.increment_count = 1;
              s.last_updated = ts::now();
            })
      .call("get_count", [](const state& s) { return s.count; })
      .info([](state&) {})
      .code_change("1.0.0",
                   [](std::int64_t count) {
                     return state{count, count, ts::now()};
                   })
      .code_change_down("1.0.0", [](const state& s) { return s.count; })
      .function("get_info", [](ts::self& self) { return self.sys_get_state("counter").wait(); });
}
