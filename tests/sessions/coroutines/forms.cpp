// forms.cpp - each form of a full expression with co_await, with values that are counted: made and destroyed.
//
// g++ 12 destroys some of them twice. Nothing but a count is lost by that here, so every form can run.
// forms:run(Form) -> how many more were destroyed than made, after the form has run to its end.
// forms:start(Form), forms:balance() -> the same after the process was killed in it, where it waits.
#include <twinslot/process.hpp>
#include <twinslot/std/vector.hpp>

#include <atomic>

namespace ts = twinslot;

static std::atomic<std::int64_t> alive{0};
struct counted {
  std::int64_t value;
  counted(std::int64_t v = 0) : value(v) { ++alive; }
  counted(const counted& other) : value(other.value) { ++alive; }
  counted(counted&& other) noexcept : value(other.value) { ++alive; }
  counted& operator=(const counted&) = default;
  ~counted() { --alive; }
};
struct both {
  counted a, b;
};
struct tagged {
  std::int64_t n;
  counted a;
};
struct with_default {
  counted a{1};
  std::int64_t n = 0;
};
struct made {
  counted a;
  made(counted x) : a(std::move(x)) {}
};
template <>
struct twinslot::codec<both> : plain_codec<"both"> {
  static term to(const both& x) { return tuple(x.a.value, x.b.value); }
  static bool from(const term&, both&) { return false; }
};

using ts::self;
using done = ts::task<>;
// What the forms await: each waits for a message.
static ts::task<std::int64_t> one(self me) {
  co_await me.receive([](ts::is<"go">) {});
  co_return 1;
}
static ts::task<std::int64_t> with_value(self me, both) {
  co_return co_await one(me);
}
static ts::task<std::int64_t> with_reference(self me, const both& x) {
  co_return co_await one(me) + x.a.value;
}
static ts::task<std::int64_t> with_made(self me, made) {
  co_return co_await one(me);
}
template <class... Parts>
static ts::task<std::int64_t> with_any(self me, const Parts&...) {
  co_return co_await one(me);
}
static both make_both() {
  return {1, 2};
}

// ---- right everywhere
static done plain(self me, counted) {
  co_await one(me);
}
static done by_reference(self me, counted t) {
  co_await me.receive([&](ts::is<"go">) { t.value = 2; });
}
static done clause_named(self me, counted t) {
  const auto clause = [t](ts::is<"go">) { static_cast<void>(t); };
  co_await me.receive(clause);
}
static done clause_named_and_moved(self me, counted t) {
  auto clause = [t](ts::is<"go">) { static_cast<void>(t); };
  co_await me.receive(std::move(clause));
}
static done receive_named(self me, counted t) {
  auto waits = me.receive([t](ts::is<"go">) { static_cast<void>(t); });
  co_await waits;
}
static done argument_named(self me, counted t) {
  both x{t, t};
  co_await with_value(me, x);
}
static done argument_of_a_function(self me, counted) {
  co_await with_value(me, make_both());
}
static done argument_with_constructor(self me, counted t) {
  co_await with_made(me, made(t));
}
static done argument_with_constructor_in_braces(self me, counted t) {
  co_await with_made(me, made{t});
}
static done tuple_of_values(self me, counted t) {
  co_await with_any(me, std::tuple<counted, int>(t, 2), std::pair<counted, counted>{t, t});
}
static done two_awaits(self me, counted) {
  const counted x(co_await one(me) + co_await one(me));
  static_cast<void>(x);
}
static done number_of_a_choice(self me, counted t) {
  const std::int64_t x = t.value != 0 ? co_await one(me) : 2 + co_await one(me);
  static_cast<void>(x);
}
static done condition_with_a_variable(self me, counted t) {
  std::int64_t rounds = t.value;
  if (co_await one(me) == 1)
    ++rounds;
  static_cast<void>(rounds);
}
static done in_a_loop(self me, counted t) {
  for (int i = 0; i < 2; ++i)
    if (co_await with_made(me, made(t)) == 7)
      ++t.value;
}

// ---- wrong by g++ 12
static done clause_by_value(self me, counted t) {
  co_await me.receive([t](ts::is<"go">) { static_cast<void>(t); });
}
static done clause_with_new_capture(self me, counted) {
  co_await me.receive([u = counted(3)](ts::is<"go">) { static_cast<void>(u); });
}
static done second_clause(self me, counted t) {
  co_await me.receive([](ts::is<"no">) {}, [t](ts::is<"go">) { static_cast<void>(t); });
}
static done after_by_value(self me, counted t) {
  co_await me.receive([](ts::is<"go">) {}, ts::after(60'000, [t] { static_cast<void>(t); }));
}
static done call_with_aggregate(self me, counted t) {
  try {
    co_await me.call("none_has_this_name"_atom, both{t, t});
  } catch (const ts::exception&) {
  }
  co_await one(me);
}
static done argument_by_value(self me, counted t) {
  co_await with_value(me, both{t, t});
}
static done argument_in_braces(self me, counted t) {
  co_await with_value(me, {t, t});
}
static done argument_by_reference(self me, counted t) {
  co_await with_reference(me, both{t, t});
}
static done argument_of_new_values(self me, counted) {
  co_await with_value(me, both{counted(1), counted(2)});
}
static done argument_with_defaults(self me, counted) {
  co_await with_any(me, with_default{.n = 3});
}
static done argument_in_a_pair(self me, counted t) {
  co_await with_any(me, std::pair<both, int>(both{t, t}, 1));
}
static done named_aggregate(self me, counted t) {
  const tagged x{co_await one(me), t};
  static_cast<void>(x);
}
static done named_aggregate_of_an_awaited(self me, counted t) {
  const both x{counted(co_await one(me)), t};
  static_cast<void>(x);
}
static done value_of_a_choice(self me, counted t) {
  const counted x = t.value != 0 ? counted(co_await one(me)) : counted(co_await one(me));
  static_cast<void>(x);
}
static done beside_a_comma(self me, counted t) {
  both{t, t}, co_await one(me);
}
static ts::task<both> returned(self me, counted t) {
  co_return both{counted(co_await one(me)), t};
}
static done returns_an_aggregate(self me, counted t) {
  co_await returned(me, t);
}
static ts::process in_a_process(self me, counted t) {
  co_return co_await me.receive([me, t](ts::is<"go">) mutable { return me.done(); });
}

using form = done (*)(self, counted);
struct named {
  const char* name;
  form run;
};
#define FORM(name) \
  { #name, name }
static constexpr named forms[] = {FORM(plain),
                                  FORM(by_reference),
                                  FORM(clause_named),
                                  FORM(clause_named_and_moved),
                                  FORM(receive_named),
                                  FORM(argument_named),
                                  FORM(argument_of_a_function),
                                  FORM(argument_with_constructor),
                                  FORM(argument_with_constructor_in_braces),
                                  FORM(tuple_of_values),
                                  FORM(two_awaits),
                                  FORM(number_of_a_choice),
                                  FORM(condition_with_a_variable),
                                  FORM(in_a_loop),
                                  FORM(clause_by_value),
                                  FORM(clause_with_new_capture),
                                  FORM(second_clause),
                                  FORM(after_by_value),
                                  FORM(call_with_aggregate),
                                  FORM(argument_by_value),
                                  FORM(argument_in_braces),
                                  FORM(argument_by_reference),
                                  FORM(argument_of_new_values),
                                  FORM(argument_with_defaults),
                                  FORM(argument_in_a_pair),
                                  FORM(named_aggregate),
                                  FORM(named_aggregate_of_an_awaited),
                                  FORM(value_of_a_choice),
                                  FORM(beside_a_comma),
                                  FORM(returns_an_aggregate)};

static ts::process in_form(self me, ts::atom wanted) {
  for (const named& each : forms)
    if (ts::atom(each.name) == wanted)
      co_await each.run(me, counted(1));
  co_return me.done();
}
template <>
struct twinslot::codec<counted> : plain_codec<"counted"> {
  static term to(const counted& x) { return x.value; }
  static bool from(const term& value, counted& x) {
    x.value = value.is_int64() ? value.as_int64() : 0;
    return value.is_int64();
  }
};

TWINSLOT_MODULE(forms, "1") {
  return ts::module()
      .process("in_form", in_form)
      .process("in_a_process", in_a_process)
      .function("names",
                [] {
                  ts::term all;
                  for (const named& each : forms)
                    all = ts::cons(ts::atom(each.name), all);
                  return all;
                })
      .function("alive", [] { return alive.load(); });
}
