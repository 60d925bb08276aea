// tests/bench/bench_inside.cpp - what is inside a call or a load: terms, the external format, clauses, slots. One
// thread; Google Benchmark repeats and times it (--help, --benchmark_filter=term).
#include "runtime/code/version.hpp"
#include "runtime/term/external.hpp"
#include "tests/bench/bench_world.hpp"

#include <benchmark/benchmark.h>

namespace {
using namespace twinslot;
using bench::bench_world;

bench_world* the_world = nullptr;  // main's
bench_world& world() {
  return *the_world;
}

const atom actors = "bench_actors"_atom;

/// {'$gen_call',{Pid,Ref},{add,1,"text"}}
term some_request() {
  return tuple("$gen_call", tuple(pid{1, 0}, reference{2, 0}), tuple("add", 1, string("text")));
}

// Terms.

void term_copy_integer(benchmark::State& state) {
  const term one = 1;
  for (auto _ : state)
    benchmark::DoNotOptimize(term(one));
}
void term_copy_tuple(benchmark::State& state) {
  const term request = some_request();
  for (auto _ : state)
    benchmark::DoNotOptimize(term(request));
}
void term_make_tuple(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(tuple("add", 1));
}
void term_make_request(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(some_request());
}
void term_compare(benchmark::State& state) {
  const term a = some_request(), b = some_request();
  for (auto _ : state)
    benchmark::DoNotOptimize(a == b);
}
void atom_from_text(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(atom(std::string_view("bench_actors")));
}

// The external format.

void external_write(benchmark::State& state) {
  const term request = some_request();
  for (auto _ : state)
    benchmark::DoNotOptimize(term_to_bytes(request));
}
void external_read(benchmark::State& state) {
  const std::string bytes = term_to_bytes(tuple("add", 1, string("text"), list(1, 2, 3))).value();
  for (auto _ : state)
    benchmark::DoNotOptimize(bytes_to_term(bytes));
}

// A plugin's clauses, called as a server calls them, without a process around.

void clause_cast(benchmark::State& state) {
  const code::pin held = world().home().code().pin_current(actors);
  const abi::server& callbacks = *held->server();
  const term nothing;
  void* its_state = nullptr;
  abi::outcome decided{};
  raw_term result = term{}.detach();
  if (callbacks.init(callbacks.data, nullptr, &nothing.raw(), &its_state, &decided, &result) != abi::status::ok)
    return state.SkipWithError("init");
  const term message = "add";
  for (auto _ : state)
    if (callbacks.handle_cast(callbacks.data, nullptr, its_state, &message.raw(), &decided, &result) != abi::status::ok)
      return state.SkipWithError("no clause");
  callbacks.destroy_state(callbacks.data, its_state);
}

// Slots.

void slot_pin(benchmark::State& state) {
  code::table& versions = world().home().code();
  for (auto _ : state)
    benchmark::DoNotOptimize(versions.pin_current(actors));
}
void slot_apply(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(world().home().apply(world().self(), actors, "twice"_atom, {term(21)}));
}
void native_apply(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(world().home().apply(world().self(), "erlang"_atom, "self"_atom, {}));
}

/// Into a mailbox, and out again: a process to itself.
void inbox_send_receive(benchmark::State& state) {
  process& me = world().self();
  const term to = me.self(), message = tuple("add", 1);
  for (auto _ : state) {
    me.send(to, message);
    benchmark::DoNotOptimize(me.receive([](const term&) { return true; }));
  }
}

BENCHMARK(term_copy_integer);
BENCHMARK(term_copy_tuple);
BENCHMARK(term_make_tuple);
BENCHMARK(term_make_request);
BENCHMARK(term_compare);
BENCHMARK(atom_from_text);
BENCHMARK(external_write);
BENCHMARK(external_read);
BENCHMARK(clause_cast);
BENCHMARK(slot_pin);
BENCHMARK(slot_apply);
BENCHMARK(native_apply);
BENCHMARK(inbox_send_receive);
}  // namespace

int main(int argument_count, char** arguments) {
  benchmark::Initialize(&argument_count, arguments);
  if (benchmark::ReportUnrecognizedArguments(argument_count, arguments))
    return 1;
  bench_world made{twinslot::bench::settings{}};
  the_world = &made;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
