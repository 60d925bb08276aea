#include "runtime/process/coroutine.hpp"

namespace twinslot {

namespace {
/// How many frames a process may go through before others have their turn.
constexpr std::uint32_t tail_calls_a_turn = 1000;

/// The arguments of a tail call, taken out of the frame that made it. Copied as they are, not term by term: a loop's
/// round spends a third of its time there otherwise.
class handed_over {
public:
  explicit handed_over(const abi::activity& stop) : count_(stop.count) {
    if (count_ > std::size(few_))
      many_ = std::make_unique<raw_term[]>(count_);
    for (std::size_t i = 0; i < count_; ++i)
      new (&raw()[i]) term(term::adopt(stop.arguments[i]));
  }
  ~handed_over() {
    for (std::size_t i = 0; i < count_; ++i)
      static_cast<void>(term::adopt(raw()[i]));
  }
  handed_over(const handed_over&) = delete;
  /// Null: none.
  const term* data() noexcept { return count_ ? &term::as_term(*raw()) : nullptr; }
  std::size_t size() const noexcept { return count_; }

private:
  raw_term* raw() noexcept { return many_ ? many_.get() : few_; }
  const std::size_t count_;
  raw_term few_[8];
  std::unique_ptr<raw_term[]> many_;
};
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
  if (!frame_.offer(message))
    return false;
  follow();
  return true;
}

void coroutine::resume(abi::wake why, const term* value) {
  tail_calls_ = 0;
  frame_.resume(why, value);
  follow();
}

/// Up to a stop where something has to come from outside.
void coroutine::follow() {
  for (;;) {
    const auto stopped = frame_.stopped_at();
    if (stopped == abi::step::raised)
      raise_thrown(frame_.value());
    if (stopped != abi::step::local && stopped != abi::step::qualified)
      return;
    go_on_in_next_frame();
    self_->inside().check_end();  // one that never waits is told here
    if (frame_.has_frame() && ++tail_calls_ == tail_calls_a_turn)
      return frame_.stop_at(abi::step::yield);
    run_on();
  }
}

void coroutine::run_on() {
  if (frame_.has_frame())
    frame_.resume(abi::wake::turn);
}

void coroutine::go_on_in_next_frame() {
  const abi::activity& stop = frame_.stop();
  handed_over given{stop};
  const term* const arguments = given.data();
  const std::size_t count = given.size();
  const char* const literal = stop.function;
  const bool moves = stop.what == abi::step::qualified && self_->home().code().current(module_) != version();
  frame_.destroy();
  if (!moves) {
    find_again(literal, count);
    return start(known_, known_name_, arguments, count);
  }
  const atom function{std::string_view(literal)};  // the literal may go with its version
  frame_.leave();
  auto held = self_->inside().home->pin_for_call(*self_, module_);
  if (!held)
    raise_at("undef", module_, function, arguments, count);
  enter(std::move(held));
  start(version()->find(function, count), function, arguments, count);
}

void coroutine::enter(code::pin held) {
  known_literal_ = nullptr;
  frame_.enter(*self_, std::move(held));
}

void coroutine::find_again(const char* literal, std::size_t count) {
  if (literal != known_literal_ || count != known_count_) {
    known_literal_ = literal;
    known_count_ = count;
    known_name_ = atom(std::string_view(literal));
    known_ = version()->find(known_name_, count);
  }
}

/// Makes the frame; a plain function runs right here, and its result is the end.
void coroutine::start(const abi::exported* found, atom function, const term* arguments, std::size_t count) {
  if (!found)
    raise_at("undef", module_, function, arguments, count);
  auto& me = self_->inside();
  me.count_reduction();
  me.current_function.store(pack(module_, function), std::memory_order_release);
  me.current_arity.store(static_cast<std::uint32_t>(count), std::memory_order_relaxed);
  raw_term bits = term::bits(kind::nil);
  abi::frame* made = nullptr;
  const auto status = found->start ? found->start(found->data, env_of(*self_), raw_of(arguments), &made, &bits)
                                   : found->call(found->data, env_of(*self_), raw_of(arguments), &bits);
  term result = returned(*self_, status, bits, module_, function, arguments, count);
  frame_.hold(made);
  frame_.stop_at(abi::step::done);
  if (!made)
    frame_.value() = std::move(result);
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
        const term asked = std::move(routine.value());
        const auto answer = self.request(asked[0], asked[1].as_atom(), asked[2], until);
        routine.resume(answer.ok ? abi::wake::answer : abi::wake::refusal, &answer.value);
        break;
      }
      case abi::step::yield:
        std::this_thread::yield();
        self.inside().check();
        routine.resume(abi::wake::turn);
        break;
      default: return std::move(routine.value());
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
  bool takes_system_requests() const noexcept override { return takes_system_.load(std::memory_order_relaxed); }

private:
  void wait(process& self) {
    if (arrange(self, routine_))
      self.stop("normal");
    if (const bool now = routine_.takes_system_requests(); now != takes_system_.load(std::memory_order_relaxed))
      takes_system_.store(now, std::memory_order_relaxed);  // by this process alone; others only look
  }

  const atom module_;
  const atom function_;
  const std::size_t arity_;
  std::vector<term> arguments_;
  std::atomic<bool> takes_system_{false};
  coroutine routine_;
};
}  // namespace

std::unique_ptr<body> coroutine_body(atom module, atom function, std::vector<term> arguments) {
  return std::make_unique<coroutine_process>(module, function, std::move(arguments));
}
}  // namespace twinslot
