#include "runtime/process/coroutine.hpp"

#include "runtime/term/print.hpp"

namespace twinslot {

namespace {
/// How many frames a process may go through before others have their turn.
constexpr std::uint32_t tail_calls_a_turn = 1000;

abi::env* env_of(process& self) noexcept {
  return reinterpret_cast<abi::env*>(&self);
}
}  // namespace

void coroutine::begin(process& self, atom module, atom function, const term* arguments, std::size_t count) {
  self_ = &self;
  module_ = module;
  auto held = self.inside().home->pin_for_call(self, module);
  if (!held)
    raise_at("undef", module, function, arguments, count);
  enter(std::move(held));
  start(version()->find(function, count), function, arguments, count);
  run_on();
  follow();
}

bool coroutine::offer(const term& message) {
  if (!version()->info().routines->offer(frame_, &message.raw(), &stop_))
    return false;
  follow();
  return true;
}

void coroutine::resume(abi::wake why, const term* value) {
  tail_calls_ = 0;
  version()->info().routines->resume(frame_, why, value ? &value->raw() : nullptr, &stop_);
  follow();
}

void coroutine::end() noexcept {
  try {
    destroy();
  } catch (const raised& thrown) {
    self_->home().log("error"_atom, format("A destructor in process ~p of module ~p raised ~p when the process ended~n",
                                           list(self_->self(), module_, tuple(thrown.what, thrown.reason))));
  }
  lingers_.reset();
}

deadline coroutine::limit() const {
  if (stop_.timeout_ms < 0)
    return {};
  return clock::now() + std::chrono::milliseconds{stop_.timeout_ms};
}

/// Up to a stop where something has to come from outside.
void coroutine::follow() {
  for (;;) {
    value_ = term::adopt(stop_.value);
    if (stop_.what == abi::step::raised)
      raise_thrown(value_);
    if (stop_.what != abi::step::local && stop_.what != abi::step::qualified)
      return;
    go_on_in_next_frame();
    self_->inside().check();  // one that never waits is told here that it is to end
    if (frame_ && ++tail_calls_ == tail_calls_a_turn) {
      stop_.what = abi::step::yield;
      return;
    }
    run_on();
  }
}

void coroutine::run_on() {
  if (frame_)
    version()->info().routines->resume(frame_, abi::wake::turn, nullptr, &stop_);
}

void coroutine::go_on_in_next_frame() {
  constexpr std::size_t usual = 8;
  const std::size_t count = stop_.count;
  term few[usual];
  std::vector<term> many(count > usual ? count : 0);
  term* const arguments = many.empty() ? few : many.data();
  for (std::size_t i = 0; i < count; ++i)
    arguments[i] = term::adopt(stop_.arguments[i]);
  const char* const literal = stop_.function;
  const bool moves = stop_.what == abi::step::qualified && self_->home().code().current(module_) != version();
  destroy();
  if (!moves) {
    const auto* found = find_again(literal, count);
    return start(found, found ? atom{} : atom(std::string_view(literal)), arguments, count);
  }
  const atom function{std::string_view(literal)};  // the literal may go with its version
  lingers_.reset();
  auto held = self_->inside().home->pin_for_call(*self_, module_);
  if (!held)
    raise_at("undef", module_, function, arguments, count);
  enter(std::move(held));
  start(version()->find(function, count), function, arguments, count);
}

void coroutine::enter(code::pin held) {
  known_literal_ = nullptr;
  version_.store(held.get(), std::memory_order_relaxed);
  lingers_.emplace(*self_, std::move(held));
}

const abi::exported* coroutine::find_again(const char* literal, std::size_t count) {
  if (literal != known_literal_ || count != known_count_) {
    known_literal_ = literal;
    known_count_ = count;
    known_ = version()->find(atom(std::string_view(literal)), count);
  }
  return known_;
}

/// Makes the frame; a plain function runs right here, and its result is the end.
void coroutine::start(const abi::exported* found, atom function, const term* arguments, std::size_t count) {
  if (!found)
    raise_at("undef", module_, function, arguments, count);
  static const raw_term none = term::bits(kind::nil);
  const raw_term* const given = count ? &arguments->raw() : &none;
  auto& me = self_->inside();
  me.count_reduction();
  raw_term bits = term::bits(kind::nil);
  stop_.value = none;
  const auto status = found->start ? found->start(found->data, env_of(*self_), given, &frame_, &bits)
                                   : found->call(found->data, env_of(*self_), given, &bits);
  term result = term::adopt(bits);
  if (status == abi::status::ok) {
    stop_.what = abi::step::done;
    stop_.value = result.detach();
    return;
  }
  me.check();
  if (status == abi::status::no_clause)
    raise_at("function_clause", module_, atom(std::string_view(found->name)), arguments, count);
  raise_thrown(result);
}

void coroutine::destroy() {
  abi::frame* const ended = std::exchange(frame_, nullptr);
  if (!ended)
    return;
  raw_term bits = term::bits(kind::nil);
  const auto status = version()->info().routines->destroy(ended, &bits);
  const term thrown = term::adopt(bits);
  if (status == abi::status::raised)
    raise_thrown(thrown);
}

// ---- a process that may block

term run_coroutine(process& self, atom module, atom function, const term* arguments, std::size_t count) {
  coroutine routine;
  routine.begin(self, module, function, arguments, count);
  for (;;) {
    switch (routine.stopped_at()) {
      case abi::step::receive:
        if (!self.receive_into([&](const term& message) { return routine.offer(message); }, routine.limit()))
          routine.resume(abi::wake::timeout);
        break;
      case abi::step::request: {
        const auto until = routine.limit();
        const term asked = routine.take_value();
        const auto answer = self.request(asked[0], asked[1].as_atom(), asked[2], until);
        routine.resume(answer.ok ? abi::wake::answer : abi::wake::refusal, &answer.value);
        break;
      }
      case abi::step::yield:
        std::this_thread::yield();
        routine.resume(abi::wake::turn);
        break;
      default: return routine.take_value();
    }
  }
}

// ---- a process that shares its thread

namespace {
class coroutine_process final : public body {
public:
  coroutine_process(atom module, atom function, std::vector<term> arguments)
      : module_(module), function_(function), arity_(arguments.size()), arguments_(std::move(arguments)) {}

  void start(process& self) override {
    const auto arguments = std::exchange(arguments_, {});
    routine_.begin(self, module_, function_, arguments.data(), arguments.size());
    wait(self);
  }
  verdict take(process& self, term& message) override {
    if (routine_.stopped_at() != abi::step::receive || !routine_.offer(message))
      return verdict::skipped;
    wait(self);
    return verdict::taken;
  }
  void timeout(process& self) override {
    if (routine_.stopped_at() != abi::step::receive)
      return;
    routine_.resume(abi::wake::timeout);
    wait(self);
  }
  void turn(process& self) override {
    routine_.resume(abi::wake::turn);
    wait(self);
  }
  void answered(process& self, bool ok, const term& value) override {
    routine_.resume(ok ? abi::wake::answer : abi::wake::refusal, &value);
    wait(self);
  }
  void ended(process&, const term&) noexcept override { routine_.end(); }
  term initial_call() const override { return tuple(module_, function_, arity_); }
  code::version* bound_version() const noexcept override { return routine_.version(); }

private:
  /// Arranges for what it waits for.
  void wait(process& self) {
    for (;;) {
      switch (routine_.stopped_at()) {
        case abi::step::receive: self.look_again(); return self.set_timeout(routine_.limit());
        case abi::step::request: {
          const auto until = routine_.limit();
          const term asked = routine_.take_value();
          const auto refused = self.ask(asked[0], asked[1].as_atom(), asked[2], until);
          if (!refused)
            return;
          routine_.resume(abi::wake::refusal, &*refused);
          break;
        }
        case abi::step::yield: self.set_timeout({}); return self.yield();
        default: return self.stop("normal");
      }
    }
  }

  const atom module_;
  const atom function_;
  const std::size_t arity_;
  std::vector<term> arguments_;
  coroutine routine_;
};
}  // namespace

std::unique_ptr<body> coroutine_body(atom module, atom function, std::vector<term> arguments) {
  return std::make_unique<coroutine_process>(module, function, std::move(arguments));
}
}  // namespace twinslot
