// lines 2: counts the bytes of whole lines. What has begun waits in the state, and does not go back to version 1, which
// has no place for it; `odd` goes back as something that version 1 does not know.
#include <twinslot/gen_server.hpp>

#include <string>

namespace ts = twinslot;

struct state {
  std::int64_t count = 0;
  ts::bytes buffer;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("count", x.count), f.field("buffer", x.buffer));
}

namespace v1 {
struct state {
  std::int64_t count = 0;
};
template <class Inspector>
bool inspect(Inspector& f, state& x) {
  return f.object(x).fields(f.field("count", x.count));
}
}  // namespace v1

ts::term take(state& s, ts::bytes data) {
  std::string all(s.buffer);
  all += data;
  const std::size_t ended = all.rfind('\n') + 1;
  s.count += static_cast<std::int64_t>(ended);
  s.buffer = std::string_view(all).substr(ended);
  return "ok";
}

ts::term to_v1(const state& s) {
  if (s.buffer == "odd")
    return ts::tuple("something", ts::to_term(s.buffer));
  if (!s.buffer.empty())
    ts::raise_error(ts::tuple("line_has_begun", ts::to_term(s.buffer)));
  return ts::tuple("state", s.count);
}

TWINSLOT_MODULE(lines, "2") {
  return ts::gen_server<state>("lines")
      .init([] { return state{}; })
      .call("take", take)
      .call("version", [](const state&) { return 2; })
      .code_change("1",
                   [](v1::state old) {
                     return state{old.count, {}};
                   })
      .code_change_down("1", to_v1);
}
