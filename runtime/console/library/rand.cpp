// runtime/console/library/rand.cpp - rand: pseudo-random numbers, the same ones that OTP's exsss gives for a seed.
//
// The state is in the process dictionary under rand_seed, as {exsss, [S1 | S0]}: what export_seed/0 returns.
// Source: Sebastiano Vigna's xorshift116+ and splitmix64; Blackman and Vigna's ** scrambler; OTP's documentation of
// rand.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/clock.hpp"
#include "runtime/console/library/tables.hpp"

#include <random>

namespace twinslot::library {
namespace {

constexpr auto rand_module = "rand";
constexpr std::uint64_t mask58 = (std::uint64_t{1} << 58) - 1;

struct generator {
  std::uint64_t s1;
  std::uint64_t s0;

  /// 58 bits.
  std::uint64_t next() {
    const std::uint64_t value = s0;
    const std::uint64_t mixed = (s1 ^ s1 << 24) & mask58;
    const std::uint64_t made = mixed ^ s0 ^ mixed >> 11 ^ s0 >> 41;
    s1 = s0;
    s0 = made;
    const std::uint64_t five = value * 5 & mask58;
    const std::uint64_t turned = (five << 7 | five >> 51) & mask58;
    return turned * 9 & mask58;
  }
};

/// The next number of splitmix64 that is not 0 in its low 58 bits.
std::uint64_t seed58(std::uint64_t& state) {
  for (;;) {
    state += 0x9e3779b97f4a7c15;
    std::uint64_t z = state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z = (z ^ z >> 31) & mask58;
    if (z != 0)
      return z;
  }
}
std::uint64_t low_bits(const term& number) {
  const term low = bit_and(number, std::uint64_t{0xFFFFFFFFFFFFFFFF});
  bool negative = false;
  const std::string bytes = integer_magnitude(low, negative);
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}
generator seeded(const term& seed) {
  if (seed.is_integer()) {
    std::uint64_t state = low_bits(seed);
    const std::uint64_t first = seed58(state);
    return {first, seed58(state)};
  }
  const bool triple = seed.is_tuple(3) && seed[0].is_integer() && seed[1].is_integer() && seed[2].is_integer();
  if (!triple) {
    if (seed.is_cons() && seed.tail().is_cons() && seed.tail().tail().is_nil() && seed.head().is_int64() &&
        seed.tail().head().is_int64())
      return {low_bits(seed.head()) & mask58, low_bits(seed.tail().head()) & mask58};
    no_clause(rand_module, "exsss_seed", {seed});
  }
  std::uint64_t state = low_bits(seed[0]);
  seed58(state);
  state ^= low_bits(seed[1]);
  const std::uint64_t first = seed58(state);
  state ^= low_bits(seed[2]);
  return {first, seed58(state)};
}

term exported(const generator& from) {
  return tuple("exsss", cons(from.s1, term(from.s0)));
}
/// The generator of an exported state; empty where it is none.
std::optional<generator> imported(const term& state) {
  if (!state.is_tagged("exsss"_atom, 2) || !state[1].is_cons() || !state[1].head().is_int64() ||
      !state[1].tail().is_int64())
    return {};
  return generator{low_bits(state[1].head()) & mask58, low_bits(state[1].tail()) & mask58};
}
generator fresh() {
  std::random_device entropy;
  return {(std::uint64_t{entropy()} << 32 | entropy()) & mask58,
          ((std::uint64_t{entropy()} << 32 | entropy()) & mask58) | 1};
}

const term& dictionary_key() {
  static const term key = "rand_seed";
  return key;
}
generator current(process& self) {
  const term* state = self.dictionary().get(dictionary_key());
  const auto known = state ? imported(*state) : std::nullopt;
  return known ? *known : fresh();
}
term keep(process& self, const generator& state) {
  const term out = exported(state);
  self.dictionary() = self.dictionary().with(dictionary_key(), out);
  return out;
}

/// An algorithm's name, or a state that was exported.
generator from_algorithm(const term& what) {
  if (what == "exsss"_atom || what == "default"_atom)
    return fresh();
  if (const auto known = imported(what))
    return *known;
  no_clause(rand_module, "mk_alg", {what});
}
generator from_seed(const term& algorithm, const term& seed) {
  if (algorithm != "exsss"_atom && algorithm != "default"_atom)
    no_clause(rand_module, "mk_alg", {algorithm});
  return seeded(seed);
}
term seed(process& self, const term* a) {
  return keep(self, from_algorithm(a[0]));
}
term seed_with(process& self, const term* a) {
  return keep(self, from_seed(a[0], a[1]));
}
term seed_s(process&, const term* a) {
  return exported(from_algorithm(a[0]));
}
term seed_s_with(process&, const term* a) {
  return exported(from_seed(a[0], a[1]));
}
term export_seed(process& self, const term*) {
  const term* state = self.dictionary().get(dictionary_key());
  return state ? *state : term("undefined");
}
term export_seed_s(process&, const term* a) {
  return a[0];
}

double uniform_float(generator& from) {
  return static_cast<double>(from.next() >> 5) * 0x1p-53;
}
/// 1 to `range`, each as likely as the others.
term uniform_integer(generator& from, const term& range) {
  constexpr std::uint64_t all = std::uint64_t{1} << 58;
  if (range.is_int64() && static_cast<std::uint64_t>(range.as_int64()) <= all) {
    const auto limit = static_cast<std::uint64_t>(range.as_int64());
    for (;;) {
      const std::uint64_t value = from.next();
      const std::uint64_t rest = value % limit;
      if (value < limit || value - rest <= all - limit)
        return rest + 1;
    }
  }
  // More than one number's bits: shifted together until there are as many, and two more where it is no power of two.
  const bool power_of_two = bit_and(range, subtract(range, 1)) == term(0);
  for (;;) {
    term value = from.next();
    term left = shift_right(range, power_of_two ? 58 : 56);
    std::int64_t bits = 58;
    for (; less(1, left); left = shift_right(left, 58), bits += 58)
      value = bit_or(shift_left(value, 58), from.next());
    if (power_of_two)
      return add(bit_and(value, subtract(range, 1)), 1);
    const term rest = remainder(value, range);
    if (!less(subtract(shift_left(1, bits), range), subtract(value, rest)))
      return add(rest, 1);
  }
}
bool is_range(const term& value) {
  return value.is_integer() && !less(value, 1);
}

term uniform(process& self, const term*) {
  generator state = current(self);
  const double value = uniform_float(state);
  keep(self, state);
  return value;
}
term uniform_range(process& self, const term* a) {
  generator state = current(self);
  if (!is_range(a[0]))
    no_clause(rand_module, "uniform_s", {a[0], exported(state)});
  const term value = uniform_integer(state, a[0]);
  keep(self, state);
  return value;
}
generator take_state(const term& state, std::initializer_list<term> args) {
  const auto known = imported(state);
  if (!known)
    no_clause(rand_module, "uniform_s", args);
  return *known;
}
term uniform_s(process&, const term* a) {
  generator state = take_state(a[0], {a[0]});
  const double value = uniform_float(state);
  return tuple(value, exported(state));
}
term uniform_s_range(process&, const term* a) {
  if (!is_range(a[0]))
    no_clause(rand_module, "uniform_s", {a[0], a[1]});
  generator state = take_state(a[1], {a[0], a[1]});
  const term value = uniform_integer(state, a[0]);
  return tuple(value, exported(state));
}
term bytes(process& self, const term* a) {
  if (!a[0].is_integer() || less(a[0], 0))
    no_clause(rand_module, "bytes_s", {a[0], export_seed(self, nullptr)});
  const auto count = static_cast<std::size_t>(take_integer(a[0], 0, bytes_limit));
  generator state = current(self);
  std::string made;
  while (made.size() < count) {
    // 7 bytes of the 58 bits, the highest first; fewer come from two bits further down.
    const std::size_t some = std::min<std::size_t>(7, count - made.size());
    const std::uint64_t value = state.next() >> (some == 7 ? 2 : 56 - 8 * some);
    for (std::size_t i = some; i-- > 0;)
      made.push_back(static_cast<char>(value >> 8 * i));
  }
  keep(self, state);
  return binary(made);
}

constexpr native functions[] = {
    {rand_module, "bytes", 1, bytes, "bytes(N)", "N random bytes."},
    {rand_module, "export_seed", 0, export_seed, "export_seed()",
     "The state, for seed/1; undefined before the first use."},
    {rand_module, "export_seed_s", 1, export_seed_s, "export_seed_s(State)", "The state, for seed_s/1."},
    {rand_module, "seed", 1, seed, "seed(AlgOrState)", "Starts exsss at random, or where it was exported."},
    {rand_module, "seed", 2, seed_with, "seed(Alg, Seed)",
     "Starts exsss from an integer or three: the same numbers each time."},
    {rand_module, "seed_s", 1, seed_s, "seed_s(AlgOrState)", "A state at random, or what was exported."},
    {rand_module, "seed_s", 2, seed_s_with, "seed_s(Alg, Seed)", "A state from an integer or three."},
    {rand_module, "uniform", 0, uniform, "uniform()", "A float from 0.0, below 1.0."},
    {rand_module, "uniform", 1, uniform_range, "uniform(N)", "An integer from 1 to N."},
    {rand_module, "uniform_s", 1, uniform_s, "uniform_s(State)", "{Float, NewState}."},
    {rand_module, "uniform_s", 2, uniform_s_range, "uniform_s(N, State)", "{Integer, NewState}."},
};
}  // namespace

std::span<const native> rand_functions() {
  return functions;
}
}  // namespace twinslot::library
