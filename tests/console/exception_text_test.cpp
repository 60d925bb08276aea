// tests/console/exception_text_test.cpp - what an expression at the console cannot raise. The other texts are compared
// with Erlang's in tests/sessions/erlang/errors.txt.
#include "runtime/console/exception_text.hpp"

#include "runtime/term/print.hpp"
#include "tests/catch.hpp"

using namespace twinslot;
using namespace twinslot::console;

namespace {
std::string text(const char* what, term reason, term stack = {}, int width = 80) {
  return exception_text({atom(std::string_view(what)), std::move(reason), std::move(stack)}, {.width = width});
}
}  // namespace

TEST_CASE("a stack entry with a place shows it") {
  const term place = list(tuple("file", string("counter.cpp")), tuple("line", 12));
  CHECK(text("error", "badarith", list(tuple("counter", "get", 1, place))) ==
        "** exception error: an error occurred when evaluating an arithmetic expression\n"
        "     in function  counter:get/1 (counter.cpp, line 12)");
  CHECK(text("error", "undef", list(tuple("foo", "bar", list(1), term{}), tuple("counter", "get", 1, place))) ==
        "** exception error: undefined function foo:bar/1\n"
        "     in function  counter:get/1 (counter.cpp, line 12)");
}

TEST_CASE("a narrow terminal breaks earlier") {
  CHECK(text("error", tuple("badmatch", string("a text of some length")), {}, 60) ==
        "** exception error: no match of right hand side value \n"
        "                    \"a text of some length\"");
}

TEST_CASE("a stack that is none does no harm") {
  CHECK(text("error", "oops", list("not", tuple("a", "stack"), tuple(1, 2, 3, 4))) == "** exception error: oops");
  CHECK(text("error", "undef") == "** exception error: undef");
  CHECK(text("error", "function_clause") == "** exception error: function_clause");
  CHECK(text("exit", tuple("noproc", "x")) == "** exception exit: {noproc,x}");
}

TEST_CASE("what the console's own frames hide is not shown as the first one") {
  CHECK(text("exit", "bye", list(tuple("erl_eval", "do_apply", 7, term{}))) == "** exception exit: bye");
}
