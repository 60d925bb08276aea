// tests/console/lint_test.cpp - what no transcript shows: that good expressions pass. The errors' texts are compared
// with Erlang's in tests/sessions/erlang/lint.txt.
#include "runtime/console/lint.hpp"

#include "tests/console/world.hpp"

using namespace twinslot;
using namespace twinslot::console;

namespace {
std::string first_error(std::string_view text, std::initializer_list<const char*> bound = {}) {
  bindings scope;
  for (const char* name : bound)
    scope.bind(atom(name), 0);
  const auto error = check(forms(text).head(), scope);
  return error ? std::to_string(error->at.line) + ":" + std::to_string(error->at.column) + ": " + error->text : "";
}
}  // namespace

TEST_CASE("good expressions pass") {
  for (const char* text : {"X = 1",
                           "{X, Y} = {1, 2}",
                           "case 1 of X when X > 0, is_integer(X); X < 0 -> X end",
                           "begin case 1 of 1 -> A = 1; _ -> A = 2 end, A end",
                           "fun(X) -> X end",
                           "fun F(X) -> F(X) end",
                           "[X || {X, _} <- [{1, 2}], X > 0]",
                           "<< <<X>> || <<X>> <= <<1>> >>",
                           "<<N, B:N/binary, R/bits>> = <<1, 2>>",
                           "#{a := X, b := {Y, _}} = #{a => 1, b => {2, 3}}",
                           "begin K = a, #{K := V} = #{a => 1}, V end",
                           "try 1 of X -> X catch C:R:S -> {C, R, S} after ok end",
                           "receive {X, Y} -> X + Y after 0 -> none end",
                           "begin true andalso (X = 1) end",
                           "f(X)",
                           "if true -> 1; 1 > 2 -> 2 end",
                           "\"pre\" ++ R = \"prefix\"",
                           "fun(1 + 2) -> ok end",
                           "fun(X) when erlang:is_list(X), length(X) > 1 -> X end",
                           "{_, _} = {1, 2}",
                           "<<1:8/integer-unsigned-big-unit:1, \"abc\"/utf8, X/binary>> = <<>>",
                           "fun lists:map/2"})
    CHECK(first_error(text) == "");
}

TEST_CASE("bound variables may be used, and a fun's head shadows them") {
  CHECK(first_error("X + 1", {"X"}) == "");
  CHECK(first_error("fun(X) -> X end", {"X"}) == "");
  CHECK(first_error("X + Y", {"X"}) == "1:5: variable 'Y' is unbound");
}
