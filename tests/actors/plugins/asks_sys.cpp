// asks_sys: sends system requests from a process function, where no thread may be occupied.
#include <twinslot/process.hpp>

namespace ts = twinslot;

namespace {
ts::task<ts::term> request(ts::self self, ts::term what, ts::term server) {
  if (what == "suspend"_atom)
    co_return co_await self.sys_suspend(server);
  if (what == "resume"_atom)
    co_return co_await self.sys_resume(server);
  if (what == "get_state"_atom)
    co_return co_await self.sys_get_state(server);
  if (what == "get_status"_atom)
    co_return co_await self.sys_get_status(server);
  if (what.is_tagged("suspend"_atom, 2))
    co_return co_await self.sys_suspend(server, what[1].as_int64());
  if (what.is_tagged("terminate"_atom, 2))
    co_return co_await self.sys_terminate(server, what[1]);
  if (what.is_tagged("change_code"_atom, 4))
    co_return co_await self.sys_change_code(server, what[1].as_atom(), what[2], what[3]);
  co_return co_await self.sys_change_code(server, what[1].as_atom(), what[2], what[3], what[4].as_int64());
}
}  // namespace

/// Answers each {What,Server} with what came of it, or {Class,Reason}.
ts::process serve(ts::self self, ts::pid to) {
  auto [what, server] = co_await self.receive([](ts::term asked, ts::term whom) { return std::pair{asked, whom}; });
  try {
    const ts::term answer = co_await request(self, what, server);
    self.send(to, answer);
  } catch (const ts::exception& raised) {
    self.send(to, ts::tuple(raised.what, raised.reason));
  }
  co_return self.local("serve", to);
}

TWINSLOT_MODULE(asks_sys, "1") {
  return ts::module().process("serve", serve);
}
