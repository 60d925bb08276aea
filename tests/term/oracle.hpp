// tests/term/oracle.hpp - a real Erlang to compare with, and random terms to ask it about.
#pragma once
#include "runtime/term/term.hpp"

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace twinslot::test {

/// The answers to these questions (see oracle.escript), or nothing where Erlang/OTP 25 is not installed: then
/// the test case says so and has nothing more to do.
std::optional<std::vector<term>> ask_erlang(const std::vector<term>& questions);

/// Everything that Erlang can hold, with a liking for what is odd about it.
class random_terms {
public:
  explicit random_terms(unsigned seed, bool identities = true) : identities_(identities), random_(seed) {}
  term any(int depth);
  term number();
  term integer();
  double real();
  atom name();
  std::string bytes(std::size_t longest);
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  bool chance(unsigned percent) { return below(100) < percent; }

private:
  term simple();
  term text();
  term bits();
  term list(int depth);
  term tuple(int depth);
  term map(int depth);
  const bool identities_;  // pids, ports and references, too
  std::mt19937_64 random_;
};
}  // namespace twinslot::test
