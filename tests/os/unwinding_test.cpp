// Whether an exception would end the program where it is thrown: what std::terminate would be called for, and what not.
#include "runtime/os/unwinding.hpp"

#include "tests/catch.hpp"

#include <exception>
#include <string>
#include <typeinfo>

using namespace twinslot;

namespace {
struct thrown {};
struct other {};

volatile bool is_to_throw = false;

/// Stands for a function that is called from there and may throw.
[[gnu::noinline]] bool asked() {
  if (is_to_throw)
    throw thrown{};
  return os::would_terminate(__builtin_return_address(0), typeid(thrown).name());
}

struct asks {
  bool& answer;
  ~asks() { answer = asked(); }
};
struct asks_and_may_throw {
  bool& answer;
  ~asks_and_may_throw() noexcept(false) { answer = asked(); }
};
struct cleans_up {
  std::string text = "something that is destroyed on the way";
};

[[gnu::noinline]] bool in_noexcept() noexcept {
  return asked();
}
[[gnu::noinline]] bool through(bool (*function)()) {
  const cleans_up here;
  const bool answer = function();  // no tail call: there is something to destroy
  return here.text.empty() ? !answer : answer;
}
[[gnu::noinline]] bool through_noexcept(bool (*function)()) noexcept {
  return through(function);
}
[[gnu::noinline]] bool catches_all() {
  try {
    return asked();
  } catch (...) {
    return false;
  }
}
[[gnu::noinline]] bool catches_it() {
  try {
    return asked();
  } catch (const thrown&) {
    return false;
  }
}
[[gnu::noinline]] bool catches_another() {
  try {
    return asked();
  } catch (const other&) {
    return false;
  }
}
}  // namespace

TEST_CASE("an exception may pass functions and cleanups, and be caught") {
  try {
    CHECK_FALSE(asked());
    CHECK_FALSE(through(asked));
    CHECK_FALSE(through(catches_another));
    CHECK_FALSE(catches_all());
    CHECK_FALSE(catches_it());
  } catch (const thrown&) {
    FAIL();
  }
}

TEST_CASE("an exception may not leave a noexcept function, however deep it comes from") {
  CHECK(in_noexcept());
  CHECK(through(in_noexcept));
  CHECK(through_noexcept(asked));
  CHECK(through_noexcept(catches_another));
}

TEST_CASE("within a noexcept function it may be caught by its type, or by any") {
  CHECK_FALSE(through_noexcept(catches_it));
  CHECK_FALSE(through_noexcept(catches_all));
}

TEST_CASE("a destructor may not let it out, unless it says so") {
  bool answer = false;
  { const asks here{answer}; }
  CHECK(answer);
  try {
    const asks_and_may_throw here{answer};
  } catch (const thrown&) {
  }
  CHECK_FALSE(answer);
  try {
    const asks here{answer};
    throw other{};
  } catch (const other&) {
  }
  CHECK(answer);
}
