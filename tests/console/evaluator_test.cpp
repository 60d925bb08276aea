#include "runtime/console/evaluator.hpp"

#include "tests/console/world.hpp"

#include <algorithm>
#include <future>

using namespace twinslot;
using namespace twinslot::console;

namespace {
term value_of(world& in, std::string_view text, bindings& scope) {
  return evaluator(*in.self, scope).run(forms(text));
}
term value_of(world& in, std::string_view text) {
  bindings scope;
  return value_of(in, text, scope);
}
}  // namespace

TEST_CASE("what an expression binds is in the scope") {
  world in;
  bindings scope;
  CHECK(value_of(in, "{A, [B | _]} = {1, \"xyz\"}, A + B", scope) == term(121));
  REQUIRE(scope.find("A"_atom));
  CHECK(*scope.find("A"_atom) == term(1));
  CHECK(scope.size() == 2);
}

TEST_CASE("a failed match binds nothing") {
  world in;
  bindings scope;
  CHECK_THROWS_AS(value_of(in, "{A, 2} = {1, 3}", scope), raised);
  CHECK(scope.size() == 0);
}

TEST_CASE("a clause that did not match leaves no variable behind") {
  world in;
  bindings scope;
  CHECK(value_of(in, "case {1, 2} of {A, 3} -> A; {_, B} -> B end", scope) == term(2));
  CHECK_FALSE(scope.find("A"_atom));
}

TEST_CASE("a fun is data: another process runs it after its maker is gone") {
  world in;
  const term fun = value_of(in, "X = 20, Unused = lists:seq(1, 1000), fun F(0) -> X; F(N) -> F(N - 1) + 1 end");
  std::promise<term> answer;
  in.home.spawn_blocking([&](process& other) {
    const term argument = 22;
    answer.set_value(other.home().call_fun(other, fun, &argument, 1));
  });
  CHECK(answer.get_future().get() == term(42));
}

TEST_CASE("a fun holds what it mentions and nothing else") {
  world in;
  const term fun = value_of(in, "X = 1, Y = 2, Z = 3, fun() -> X + Z end");
  const auto& cell = *static_cast<const fun_cell*>(fun.raw().box);
  const term captured = term::as_term(cell.environment)[1];
  std::vector<term> pairs;
  for (const term& pair : captured.elements_of_list())
    pairs.push_back(pair);
  std::sort(pairs.begin(), pairs.end(), term_less{});
  CHECK(pairs == std::vector<term>{tuple("X", 1), tuple("Z", 3)});
}

TEST_CASE("a call in the last place takes no stack") {
  world in;
  CHECK(value_of(in, "(fun L(0) -> done; L(N) -> case N of _ -> begin L(N - 1) end end end)(200000)") == term("done"));
  CHECK(value_of(in, "(fun L(0) -> done; L(N) -> N > 0 andalso L(N - 1) end)(200000)") == term("done"));
  CHECK(value_of(in, "A = fun(_, 0) -> done; (B, N) -> B(B, N - 1) end, A(A, 200000)") == term("done"));
}

TEST_CASE("recursion goes on on another stack where the thread's is used up") {
  world in;
  CHECK(value_of(in, "(fun F(0) -> 0; F(N) -> 1 + F(N - 1) end)(60000)") == term(60000));
  // Through functions of others, and up and down again at the end of a stack.
  CHECK(value_of(in, "(fun F(0) -> 0; F(N) -> hd(lists:map(fun(X) -> 1 + F(X) end, [N - 1])) end)(30000)") ==
        term(30000));
  CHECK(value_of(in, "G = fun F(0) -> 0; F(N) -> 1 + F(N - 1) end, [G(N) || N <- [40000, 10, 40000]]") ==
        list(40000, 10, 40000));
}

TEST_CASE("an exception comes back from another stack, and what it passes sees it") {
  world in;
  CHECK(value_of(in, "catch (fun F(0) -> throw(bottom); F(N) -> 1 + F(N - 1) end)(60000)") == term("bottom"));
  CHECK(value_of(in,
                 "(fun F(0) -> exit(bottom); F(N) -> try 1 + F(N - 1) catch exit:bottom when N =:= 7 -> 0 end "
                 "end)(60000)") == term(60000 - 7));
}

TEST_CASE("endless recursion ends in an error, and the evaluator goes on") {
  world in;
  bindings scope;
  try {
    value_of(in, "(fun L(N) -> 1 + L(N + 1) end)(0)", scope);
    FAIL("it ended");
  } catch (const raised& failure) {
    CHECK(failure.what == "error"_atom);
    CHECK(failure.reason == term("system_limit"));
  }
  CHECK(value_of(in, "1 + 1", scope) == term(2));
}

TEST_CASE("exceptions carry class, reason and stack") {
  world in;
  try {
    value_of(in, "lists:map(fun(X) -> X + a end, [1])");
    FAIL("it ended");
  } catch (const raised& failure) {
    CHECK(failure.what == "error"_atom);
    CHECK(failure.reason == term("badarith"));
    CHECK(failure.stack == list(tuple("erlang", "+", list(1, "a"), term{}), tuple("lists", "map", 2, term{})));
  }
}

TEST_CASE("after runs whatever happens, and changes nothing of it") {
  world in;
  CHECK(value_of(in, "(catch try throw(ball) after put(ran, true) end), get(ran)") == term("true"));
  CHECK(value_of(in, "try 1 after 2 end") == term(1));
  CHECK(value_of(in, "catch try throw(a) catch throw:b -> c after put(also, yes) end") == term("a"));
  CHECK(value_of(in, "get(also)") == term("yes"));
}

TEST_CASE("receive takes the first message that fits and leaves the others in order") {
  world in;
  CHECK(value_of(in, "[self() ! X || X <- [1, 2, 3]], receive 2 -> two end") == term("two"));
  CHECK(value_of(in, "receive A -> receive B -> {A, B} end end") == tuple(1, 3));
  CHECK(value_of(in, "receive X when X > 5 -> X after 0 -> none end") == term("none"));
}

TEST_CASE("a process that may not block refuses to receive") {
  struct asks : body {
    explicit asks(term what, std::promise<term>& where) : fun(std::move(what)), answer(where) {}
    verdict take(process& self, term&) override {
      try {
        answer.set_value(self.home().call_fun(self, fun, nullptr, 0));
      } catch (const raised& failure) {
        answer.set_value(failure.reason);
      }
      self.stop("normal");
      return verdict::taken;
    }
    term initial_call() const override { return tuple("test", "asks", 0); }
    term fun;
    std::promise<term>& answer;
  };
  world in;
  std::promise<term> answer;
  const term fun = value_of(in, "fun() -> receive x -> x end end");
  const auto made = in.home.spawn(std::make_unique<asks>(fun, answer));
  in.home.send(made.process, "go");
  CHECK(answer.get_future().get() == tuple("would_block", "receive"));
}

TEST_CASE("an endless evaluation can be killed") {
  world in;
  for (const char* text :
       {"(fun L() -> L() end)()", "[X || X <- lists:seq(1, 100000), Y <- lists:seq(1, 100000), X < Y]",
        "receive never -> ok end", "(fun L() -> catch L() end)()",
        "(fun L() -> try lists:map(fun(X) -> X end, [1]) catch _:_ -> ok end, L() end)()"}) {
    INFO(text);
    const term program = forms(text);
    const spawned made = in.home.spawn_blocking(
        [&](process& self) {
          bindings scope;
          evaluator(self, scope).run(program);
        },
        {.parent = &*in.self, .monitor = true, .name = {}, .initial_call = {}});
    in.home.exit_signal(made.process, "kill");
    const auto down = in.self->receive([](const term& message) { return message.is_tagged("DOWN"_atom, 5); },
                                       clock::now() + std::chrono::seconds(20));
    REQUIRE(down);
    CHECK((*down)[4] == term("killed"));
  }
}

TEST_CASE("long chains and lists need no deep stack") {
  world in;
  std::string sum = "0";
  for (int i = 0; i < 20000; ++i)
    sum += " + 1";
  CHECK(value_of(in, sum) == term(20000));
  std::string list = "length([0";
  for (int i = 0; i < 20000; ++i)
    list += ",1";
  CHECK(value_of(in, list + "])") == term(20001));
}
