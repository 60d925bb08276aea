// Nothing that a plugin throws leaves it: from every callback and of every kind it comes out as {Class,Reason,Stack}.
#include "tests/catch.hpp"
#include "tests/sdk/open_here.hpp"

#include <stdexcept>

using namespace twinslot;
using namespace twinslot::test;

namespace {
/// Converts to a term only while it is not armed.
struct trap {
  bool armed = false;
};
}  // namespace
namespace twinslot {
template <>
struct codec<trap> : plain_codec<"trap"> {
  static term to(const trap& value) {
    if (value.armed)
      throw std::logic_error("armed");
    return "trap";
  }
  static bool from(const term& value, trap& result) {
    if (value == "throw")
      throw std::logic_error("no trap");
    result.armed = value == "armed";
    return value == "armed" || value == "trap";
  }
};
}  // namespace twinslot

namespace {
struct expected {
  const char* name;
  term what, reason;
};
const expected kinds[] = {
    {"cpp", "error", tuple("cpp_exception", binary("thrown on purpose"))},
    {"unknown", "error", tuple("cpp_exception", "unknown")},
    {"memory", "error", tuple("cpp_exception", binary("std::bad_alloc"))},
    {"error", "error", tuple("bad", "day")},
    {"exit", "exit", "leaving"},
    {"throw", "throw", "ball"},
};
term fail(const term& how) {
  if (how == "cpp")
    throw std::runtime_error("thrown on purpose");
  if (how == "unknown")
    throw 42;
  if (how == "memory")
    throw std::bad_alloc();
  if (how == "error")
    raise_error(tuple("bad", "day"));
  if (how == "exit")
    raise_exit("leaving");
  throw exception{"throw"_atom, "ball", {}};
}
term fail_next_time;  // how, for callbacks that get no message

sdk::built failing() {
  return gen_server<trap>("s")
      .init([](std::pair<is<"fail">, term> how) {
        fail(how.second);
        return trap{};
      })
      .init([] { return trap{}; })
      .call("arm", [](trap& s) { s.armed = true; })
      .call("fail", [](trap&, term how) { return fail(how); })
      .call("fail_later", [](trap&) { return trap{true}; })
      .cast("fail", [](trap&, term how) { fail(how); })
      .info("fail", [](trap&, term how) { fail(how); })
      .continue_("fail", [](trap&, term how) { fail(how); })
      .terminate([](trap&, term how) { fail(how); })
      .code_change("1", [](term how) { return fail(how), trap{}; })
      .code_change_down("1", [](term how) { return fail(how); })
      .format_status([](term how) { return fail(how); })
      .function("fail", [](term how) { return fail(how); })
      .on_load([] { return fail(fail_next_time); });
}
}  // namespace

TEST_CASE("every kind of exception from every callback becomes a term") {
  const open_module module(open_here(failing));
  server_process server(module);
  server.init();
  for (const auto& kind : kinds) {
    INFO(kind.name);
    const term how = atom(std::string_view(kind.name));
    const auto check = [&](abi::status status, const term& raised, const char* callback, int arity) {
      INFO(callback);
      CHECK(status == abi::status::raised);
      CHECK(raised ==
            tuple(kind.what, kind.reason, list(tuple("sample", atom(std::string_view(callback)), arity, term()))));
    };
    const auto check_decided = [&](const decided& made, const char* callback, int arity) {
      check(made.status, made.raised, callback, arity);
    };
    check_decided(server.call(tuple("fail", how)), "handle_call", 3);
    check_decided(server.cast(tuple("fail", how)), "handle_cast", 2);
    check_decided(server.info(tuple("fail", how)), "handle_info", 2);
    check_decided(server.continue_(tuple("fail", how)), "handle_continue", 2);
    check_decided(server.terminate(how), "terminate", 2);
    check(abi::status::raised, server.code_change(string("1"), how), "code_change", 3);
    check(abi::status::raised, server.code_change_down(string("1"), how), "code_change", 3);
    check(abi::status::raised, server.format_status(how), "format_status", 1);

    fake_process caller;
    const auto called = module.call(caller, "fail", {how});
    check(called.status, called.value, "fail", 1);
    fail_next_time = how;
    const auto hook = module.on_load(caller);
    check(hook.status, hook.value, "on_load", 0);

    check_decided(server_process(module).init(tuple("fail", how)), "init", 1);
    CHECK(server.state() == "trap");
  }
  fail_next_time = {};
}

TEST_CASE("conversions that throw are caught, too") {
  const open_module module(open_here(failing));
  server_process server(module);
  server.init();
  const term armed = tuple("cpp_exception", binary("armed"));
  CHECK(server.call("fail_later").raised[1] == armed);
  CHECK(server.import("throw")[1] == tuple("cpp_exception", binary("no trap")));
  CHECK(server.state() == "trap");
  server.call("arm");
  CHECK(server.state()[0] == "raised");
  CHECK(server.state()[1][1] == armed);
}

TEST_CASE("what a call to the host raised passes through with its own stack") {
  const open_module module(open_here([]() -> sdk::built {
    return gen_server<std::int64_t>("s").call(
        "ask", [](std::int64_t&, self& me, term other) { return me.call(other, "question").wait(); });
  }));
  server_process server(module);
  server.init();
  const term stack = list(tuple("gen_server", "call", 2, term()));
  server.process.answer = [&](const fake_process::request& asked) -> term {
    throw raised{"exit"_atom, tuple("noproc", asked.arguments[0]), stack};
  };
  CHECK(server.call(tuple("ask", "nobody")).raised == tuple("exit", tuple("noproc", "nobody"), stack));
}

TEST_CASE("a clause may catch what the host raised") {
  const open_module module(open_here([]() -> sdk::built {
    return twinslot::module().function("ask", [](self& me) {
      try {
        return me.call("nobody", "question").wait();
      } catch (const exception& e) {
        return tuple(e.what, e.reason);
      }
    });
  }));
  fake_process caller;
  caller.answer = [](const fake_process::request&) -> term { raise_exit("noproc"); };
  CHECK(module.call(caller, "ask").value == tuple("exit", "noproc"));
}

TEST_CASE("a module whose body throws is no module, and frees what it had") {
  static int alive = 0;
  struct counted {
    counted() { ++alive; }
    counted(const counted&) { ++alive; }
    ~counted() { --alive; }
  };
  const auto body = []() -> sdk::built {
    function_module made;
    made.function("f", [kept = counted()] {});
    throw std::runtime_error("no module today");
  };
  CHECK(open_here(body) == nullptr);
  CHECK(alive == 0);
  const auto* const info = open_here([]() -> sdk::built { return module(); });
  REQUIRE(info != nullptr);
  info->close(info->data);
}
