// Every function of code, and erlang's part of it, with arguments of the wrong type: what Erlang raises (C09).
#include "tests/actors/shelf.hpp"

using namespace twinslot;

namespace {
struct bad_call {
  const char* function;
  std::vector<term> arguments;
};
const term improper = cons("a", "b");
const term bytes = binary("");

/// {Class, Reason} of Module:Function(Arguments...), or the result.
std::string outcome(world& w, const char* module, const bad_call& call) {
  try {
    return text(w.home().apply(w.self(), atom(std::string_view(module)), atom(std::string_view(call.function)),
                               call.arguments.data(), call.arguments.size()));
  } catch (const raised& failure) {
    return text(tuple(failure.what, failure.reason));
  }
}
}  // namespace

TEST_CASE("function_clause, where Erlang's code module raises it") {
  world w;
  const bad_call calls[] = {
      {"load_file", {1}},
      {"load_file", {string("counter")}},
      {"load_file", {1, "kill"}},
      {"load_file", {"counter", "later"}},
      {"load_abs", {1}},
      {"load_abs", {tuple()}},
      {"load_abs", {string("a"), 1}},
      {"load_binary", {1, string("a"), bytes}},
      {"load_binary", {"a", 1, bytes}},
      {"load_binary", {"a", string("a"), 1}},
      {"load_binary", {"a", string("a"), bytes, "later"}},
      {"ensure_loaded", {1}},
      {"ensure_modules_loaded", {1}},
      {"ensure_modules_loaded", {list(1)}},
      {"ensure_modules_loaded", {improper}},
      {"atomic_load", {1}},
      {"atomic_load", {list(1)}},
      {"atomic_load", {improper}},
      {"atomic_load", {list(tuple("a", string("f")))}},
      {"atomic_load", {list(tuple("a", 1, bytes))}},
      {"atomic_load", {list(tuple("a", string("f"), 1))}},
      {"prepare_loading", {1}},
      {"prepare_loading", {improper}},
      {"finish_loading", {1}},
      {"finish_loading", {tuple("$prepared$", "x")}},
      {"finish_loading", {tuple("$prepared$", improper)}},
      {"purge", {1}},
      {"soft_purge", {1}},
      {"purge_report", {1}},
      {"soft_purge_report", {1}},
      {"delete", {1}},
      {"holders", {1}},
      {"is_loaded", {1}},
      {"which", {1}},
      {"get_object_code", {1}},
      {"module_status", {1}},
      {"module_status", {list(1)}},
      {"module_status", {improper}},
      {"is_sticky", {1}},
      {"stick_dir", {1}},
      {"stick_dir", {"tmp"}},
      {"unstick_dir", {1}},
      {"unstick_dir", {"tmp"}},
      {"set_path", {1}},
      {"add_path", {1}},
      {"add_path", {"tmp"}},
      {"add_patha", {"tmp"}},
      {"add_pathz", {1}},
      {"add_paths", {1}},
      {"add_pathsa", {"tmp"}},
      {"add_pathsz", {1}},
      {"del_path", {1}},
      {"replace_path", {1, string("/tmp")}},
      {"replace_path", {"a", 1}},
      {"where_is_file", {1}},
      {"where_is_file", {"lists"}},
  };
  for (const bad_call& each : calls) {
    INFO(each.function << text(list_of(each.arguments.data(), each.arguments.size())));
    CHECK(outcome(w, "code", each) == "{error,function_clause}");
  }
  CHECK(w.reports().empty());
  CHECK(w.home().is_alive(*w.home().whereis("code_server"_atom)));
}

TEST_CASE("badarg, where Erlang raises that") {
  world w;
  const term me = w.self().self();
  CHECK(outcome(w, "code", {"module_md5", {1}}) == "{error,badarg}");
  CHECK(outcome(w, "code", {"load_abs", {improper}}) == "{error,badarg}");
  const bad_call calls[] = {
      {"check_old_code", {1}},
      {"module_loaded", {1}},
      {"check_process_code", {1, "a"}},
      {"check_process_code", {me, 1}},
      {"check_process_code", {me, "a", 1}},
      {"check_process_code", {me, "a", list("x")}},
      {"check_process_code", {me, "a", list(tuple("allow_gc", 1))}},
      {"check_process_code", {me, "a", improper}},
      {"check_process_code", {me, 1, list(tuple("async", 1))}},
  };
  for (const bad_call& each : calls) {
    INFO(each.function << text(list_of(each.arguments.data(), each.arguments.size())));
    CHECK(outcome(w, "erlang", each) == "{error,badarg}");
  }
}

TEST_CASE("error values, where Erlang has those") {
  world w;
  const std::pair<bad_call, const char*> calls[] = {
      {{"set_path", {list(1)}}, "{error,bad_directory}"},
      {{"set_path", {list(string("/no/such"))}}, "{error,bad_directory}"},
      {{"set_path", {cons(string("/tmp"), "b")}}, "{error,bad_directory}"},  // Erlang's code server dies of this one
      {{"add_path", {term{}}}, "{error,bad_directory}"},
      {{"add_path", {list(tuple())}}, "{error,bad_directory}"},
      {{"add_path", {improper}}, "{error,bad_directory}"},
      {{"add_paths", {list(1)}}, "ok"},
      {{"add_paths", {improper}}, "ok"},
      {{"del_path", {list(tuple())}}, "{error,bad_name}"},
      {{"del_path", {"no_such"}}, "false"},
      {{"replace_path", {"no_such", string("/no/such")}}, "{error,bad_directory}"},
      {{"replace_path", {"no_such", string("/tmp")}}, "{error,bad_name}"},
      {{"replace_path", {list(tuple()), string("/tmp")}}, "{error,bad_name}"},
      {{"replace_path", {"tmp", list(tuple())}}, "{error,bad_directory}"},
      {{"where_is_file", {term{}}}, "non_existing"},
      {{"stick_dir", {string("/no/such")}}, "error"},
      {{"unstick_dir", {string("/no/such")}}, "ok"},
      {{"load_abs", {term{}}}, "{error,nofile}"},
      {{"load_abs", {"no_such"}}, "{error,nofile}"},
      {{"module_md5", {bytes}}, "undefined"},
      {{"purge", {"no_such"}}, "false"},
      {{"soft_purge", {"no_such"}}, "true"},
      {{"delete", {"no_such"}}, "false"},
      {{"is_sticky", {"no_such"}}, "false"},
      {{"holders", {"no_such"}}, "[]"},
  };
  for (const auto& [each, expected] : calls) {
    INFO(each.function << text(list_of(each.arguments.data(), each.arguments.size())));
    CHECK(outcome(w, "code", each) == expected);
  }
}

TEST_CASE("check_process_code/3 answers at once or by a message (C24)") {
  world w;
  const term me = w.self().self();
  CHECK(w.call("erlang", "check_process_code", me, "a", term{}) == "false");
  CHECK(w.call("erlang", "check_process_code", me, "a", list(tuple("allow_gc", false))) == "false");
  CHECK(w.call("erlang", "check_process_code", me, "a", list(tuple("async", 7))) == "async");
  CHECK(w.next() == tuple("check_process_code", 7, false));
  pid dead;
  {
    scoped_process other(w.home());
    dead = other->self();
  }
  CHECK(w.call("erlang", "check_process_code", dead, "a") == "false");
}

TEST_CASE("the code server ignores requests that nobody can have meant") {
  world w;
  const term from = tuple(w.self().self(), w.home().make_reference());
  const term requests[] = {"x",
                           tuple("load", 1),
                           tuple("load", "a", "b", "refuse"),
                           tuple("load", "a", 1, 2),
                           tuple("await", "a", "b"),
                           tuple("purge"),
                           tuple("keep", improper),
                           tuple("keep", list("x")),
                           tuple("finish", list(tuple("a", "b"))),
                           tuple("finish", 1)};
  for (const term& each : requests)
    w.self().send("code_server", tuple("$code", from, each));
  w.self().send("code_server", tuple("$code", "nobody", tuple("delete", "a")));
  w.self().send("code_server", tuple("hook_done", w.self().self()));
  w.self().send("code_server", tuple("DOWN", 1, 2, 3, 4));
  CHECK(w.call("code", "delete", "a") == "false");
}
