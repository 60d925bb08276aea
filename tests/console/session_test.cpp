#include "runtime/console/session.hpp"

#include "runtime/console/suggestions.hpp"

#include "tests/console/world.hpp"

#include <thread>

using namespace twinslot;
using namespace twinslot::console;

TEST_CASE("variables, results and numbers go on from command to command") {
  world in;
  session by(in.home, *in.self, {});
  CHECK(by.prompt() == "1> ");
  CHECK(told(in, by, "X = 1.") == "1\n");
  CHECK(by.prompt() == "2> ");
  CHECK(told(in, by, "X + v(1).") == "2\n");
  CHECK(told(in, by, "X = 2.") == "** exception error: no match of right hand side value 2\n");
  CHECK(by.prompt() == "4> ");
  CHECK(told(in, by, "1 + .") == "* 1:5: syntax error before: '.'\n");
  CHECK(by.prompt() == "4> ");
  CHECK(told(in, by, "X.") == "1\n");
}

TEST_CASE("an exception takes the evaluator with it, and what is linked to it; variables stay") {
  world in;
  session by(in.home, *in.self, {});
  told(in, by, "{P, R} = {self(), spawn_link(fun() -> receive x -> x end end)}.");
  CHECK(told(in, by, "is_process_alive(R).") == "true\n");
  told(in, by, "1/0.");
  CHECK(told(in, by, "is_process_alive(P).") == "false\n");
  CHECK(told(in, by, "is_process_alive(R).") == "false\n");
  CHECK(told(in, by, "P =:= self().") == "false\n");
}

TEST_CASE("a failed command says which linked processes ended with the evaluation") {
  world in;
  session by(in.home, *in.self, {});
  told(in, by, "register(first, spawn_link(fun() -> receive x -> x end end)), whereis(first).");
  told(in, by, "Free = spawn(fun() -> receive x -> x end end).");
  const std::string first = to_text_w(*in.home.whereis("first"_atom));
  CHECK(told(in, by, "throw(up).") ==
        "** exception throw: up\n   ended with it, as it was linked: first " + first + "\n");
  CHECK(told(in, by, "throw(up).") == "** exception throw: up\n");
  CHECK(told(in, by, "is_process_alive(Free).") == "true\n");
  // One that traps exits goes on, and is not named.
  told(
      in, by,
      "S = self(), spawn_link(fun() -> process_flag(trap_exit, true), S ! set, receive x -> x end end), receive set -> "
      "ok end.");
  CHECK(told(in, by, "exit(bye).") == "** exception exit: bye\n");
}

TEST_CASE("what ended with an evaluator that a signal ended is named, too") {
  world in;
  session by(in.home, *in.self, {});
  told(in, by,
       "register(other, spawn_link(fun() -> receive x -> x end end)), B = spawn_link(fun() -> receive R -> exit(R) end "
       "end).");
  const std::string other = to_text_w(*in.home.whereis("other"_atom));
  CHECK(told(in, by, "B ! because, receive after infinity -> ok end.") ==
        "** exception exit: because\n   ended with it, as it was linked: other " + other + "\n");
}

TEST_CASE("a call of what is not there gets a hint on a line of its own") {
  world in;
  session by(in.home, *in.self, {});
  CHECK(told(in, by, "lists:revrese([1]).") ==
        "** exception error: undefined function lists:revrese/1\n   did you mean lists:reverse/1?\n");
  CHECK(told(in, by, "lists:reverse().") ==
        "** exception error: undefined function lists:reverse/0\n   there is lists:reverse/1, lists:reverse/2\n");
  CHECK(told(in, by, "list:map(a, b).") ==
        "** exception error: undefined function list:map/2\n   did you mean lists:map/2?\n");
  CHECK(told(in, by, "quit().") ==
        "** exception error: undefined shell command quit/0\n   q() leaves, and so does Ctrl-D\n");
  CHECK(told(in, by, "slef().") == "** exception error: undefined shell command slef/0\n   did you mean self/0?\n");
  CHECK(told(in, by, "lists:nothing_like_this([]).") ==
        "** exception error: undefined function lists:nothing_like_this/1\n");
  CHECK(told(in, by, "nothing_like_this:at_all().") ==
        "** exception error: undefined function nothing_like_this:at_all/0\n");
  CHECK(told(in, by, "catch lists:revrese([1]), ok.") == "ok\n");
}

TEST_CASE("letters changed, left out, typed too often or in the wrong order") {
  CHECK(typing_distance("reverse", "reverse") == 0);
  CHECK(typing_distance("revrese", "reverse") == 1);
  CHECK(typing_distance("revers", "reverse") == 1);
  CHECK(typing_distance("revverse", "reverse") == 1);
  CHECK(typing_distance("rewerze", "reverse") == 2);
  CHECK(typing_distance("", "abc") == 3);
  CHECK(typing_distance("abc", "") == 3);
}

TEST_CASE("what a failed command has bound is forgotten") {
  world in;
  session by(in.home, *in.self, {});
  told(in, by, "X = 1, Y.");
  CHECK(told(in, by, "X.") == "* 1:1: variable 'X' is unbound\n");
}

TEST_CASE("a signal that ends the waiting evaluator is shown at once, and the next command has another") {
  world in;
  session by(in.home, *in.self, {});
  told(in, by, "register(bound, spawn_link(fun() -> receive R -> exit(R) end end)), E = self().");
  in.home.send(*in.home.whereis("bound"_atom), "because");
  std::string shown;
  for (int i = 0; i < 1000 && shown.find("because") == shown.npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    shown += in.output();
  }
  CHECK(shown == "** exception error: because\n");
  CHECK(told(in, by, "is_process_alive(E).") == "false\n");
}

TEST_CASE("an evaluation that takes too long is killed and named") {
  world in;
  session by(in.home, *in.self, {.evaluation_limit = std::chrono::milliseconds(50), .columns = {}});
  told(in, by, "X = 1.");
  CHECK(told(in, by, "receive never -> ok end.") ==
        "** evaluation killed: it took longer than 50 ms (--eval-timeout)\n");
  CHECK(told(in, by, "X.") == "1\n");
}

TEST_CASE("an evaluation can be interrupted, and nothing else is") {
  world in;
  session by(in.home, *in.self, {});
  by.interrupt();
  CHECK(told(in, by, "1.") == "1\n");
  std::thread impatient([&] {
    while (in.home.whereis("waiting"_atom) == std::nullopt)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    by.interrupt();
  });
  CHECK(told(in, by, "register(waiting, self()), timer:sleep(infinity).") == "** exception exit: killed\n");
  impatient.join();
  CHECK(told(in, by, "2.") == "2\n");
}

TEST_CASE("commands and results beyond the limit are forgotten") {
  world in;
  session by(in.home, *in.self, {});
  for (int i = 1; i <= 25; ++i)
    told(in, by, std::to_string(i) + ".");
  CHECK(told(in, by, "v(2).") == "* 2: command not found\n");
  CHECK(told(in, by, "v(10).") == "10\n");
  told(in, by, "results(1).");
  CHECK(told(in, by, "v(20).") == "* 20: command not found\n");
  CHECK(told(in, by, "e(20).") == "20\n");
}

TEST_CASE("a fun takes v(N) with it as a value") {
  world in;
  session by(in.home, *in.self, {});
  told(in, by, "{some, value}.");
  told(in, by, "S = self(), spawn(fun() -> S ! v(1) end), ok.");
  CHECK(told(in, by, "receive X -> X after 5000 -> late end.") == "{some,value}\n");
}

TEST_CASE("q leaves after its value") {
  world in;
  session by(in.home, *in.self, {});
  CHECK_FALSE(by.leaving());
  CHECK(told(in, by, "q().") == "ok\n");
  CHECK(by.leaving());
}
