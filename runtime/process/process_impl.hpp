// runtime/process/process_impl.hpp - what a process is made of. Internal to runtime/process.
//
// Everything here belongs to the process's own thread, except where it says "any thread".
//
//     inbox  --fetch-->  messages  --take-->  body          scheduled
//                        again ----'   '-- skipped --> skipped
//                          '------- look_again -----------'
//     inbox  --fetch-->  messages  --receive-->  caller     blocking
//
// `fetch` handles every signal that is no message at once, in order of arrival: so an exit signal does not wait behind
// a long queue of messages, and still never overtakes a signal of the same sender (P14).
#pragma once
#include "runtime/process/inbox.hpp"
#include "runtime/process/node.hpp"
#include "runtime/process/process.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace twinslot {

/// Links and monitors; made by the first one.
struct relations {
  /// One end of a link. An end that was given up stays here until the other side has acknowledged, so that what the
  /// other side sent before is recognised: its link signals and its exits are void (P01).
  struct link_end {
    bool active = true;
    std::uint64_t unlink = 0;  // number of the unlink that waits for its acknowledgement; 0: none
  };
  struct watched {
    pid target;
    term object;  // what DOWN names: the pid, or {Name, Node}
  };
  std::unordered_map<std::uint64_t, link_end> links;              // by the other end's pid
  std::unordered_map<std::uint64_t, watched> monitors;            // by reference
  std::unordered_map<std::uint64_t, std::uint64_t> watchers;      // reference -> pid of who watches this process
  std::unordered_map<std::uint64_t, process::alias_end> aliases;  // by reference
  std::unordered_map<std::uint64_t, term> tags;                   // of monitors whose message is no 'DOWN'
  std::unordered_set<std::uint64_t> ports;                        // that it owns
  std::unordered_set<std::uint64_t> withdrawn;  // requests whose asker has given up while they waited in a queue
  std::uint64_t last_unlink = 0;
};

/// A request whose answer this process waits for.
struct awaited {
  std::uint64_t ref;
  pid target;  // or a port's id
  bool is_port = false;
  bool arrived = false;
  bool unwatched = false;
  process::answer got{false, {}};
};

/// A request that this process took up and has not answered yet: whom its end is told.
struct owed_answer {
  std::uint64_t ref = 0;  // 0: none
  std::uint64_t to = 0;   // a pid's number
};

/// What an idle server does without; made by the first use. Own thread.
struct seldom_used {
  signal_list skipped;    // looked at and left
  signal_list again;      // skipped before, and to be looked at again; older than `messages`
  signal_list urgents;    // requests that overtake the queue
  signal_list unhandled;  // arrived after the signal that ended the process
  std::vector<awaited> requests;
  std::vector<owed_answer> owed;      // not in_hand any more; where they are many, `watchers` has them
  term exit_reason;                   // once it is ending
  std::uint64_t answered_at_end = 0;  // a request
  term last_answer;                   // to that
  term dictionary;
  bool has_dictionary = false;
  deadline timeout_at;
  deadline armed_at;
  std::uint64_t armed_timer = 0;
  std::uint64_t held = 0;  // by which hold; 0: by none
};

/// Versions that frames of a process are in; other threads look (node::lingering).
struct frame_stack {
  static constexpr std::size_t fast = 8;
  std::atomic<code::version*> in[fast] = {};
  std::atomic<clock::rep> since[fast] = {};  // of frames that wait: when they came; else 0
  std::size_t depth = 0;
  std::mutex mutex;  // for `deeper`
  std::vector<code::version*> deeper;
};

struct request_batch;

/// What only a blocking process has.
struct blocking_part {
  std::mutex mutex;
  std::condition_variable arrival;
  bool woken = false;
  std::function<void(process&)> run;
  term initial_call = tuple("erlang", "apply", 2);
  request_batch* innermost = nullptr;
};

/// A process is made of lines of the cache, so that who sends and who receives seldom write to the same one: CAF begins
/// an actor at one, and this is at the beginning of one in caf_process. (An alignas would do it too, for 64 bytes more
/// a process from most allocators.) With CAF's part it is 384 bytes, which is a size that allocators have.
struct process::impl : process {
  impl(std::uint64_t number, node::impl& where, bool blocks);

  // What stays as it is: read by any thread with each message, and written seldom. `process` is the beginning.
  std::atomic<bool> kill_in_flight{false};
  std::atomic<bool> traps_exits{false};
  std::atomic<std::uint32_t> exits_in_flight{0};
  std::unique_ptr<twinslot::body> body;  // null: blocking
  node::impl* const home;                // outlives the node for a process that would not end
  std::unique_ptr<seldom_used> more;     // own thread
  std::unique_ptr<relations> related;    // own thread

  // Written by any thread with each message. With it what is seldom touched, or while nobody else sends.
  class inbox inbox;
  std::atomic<std::uint64_t> posted{0};     // messages that were sent to it
  std::atomic<std::int64_t> entered_ms{0};  // coarse_ms when it got its thread; 0: it waits for a scheduler
  std::uint64_t parent = 0;                 // a pid's number; 0: none
  std::atomic<frame_stack*> frames{nullptr};
  const std::unique_ptr<blocking_part> blocking;  // null: scheduled
  // Who asks something also watches. Of a request in a queue its signal says so; then this, of the message that is
  // looked at now (at first: of who started the process); then `owed`. Own thread.
  owed_answer in_hand;

  // Written by its own thread, and read by any.
  std::atomic<std::uint64_t> taken{0};  // messages that it consumed
  std::atomic<std::uint64_t> reductions{0};
  std::atomic<std::uint64_t> current_function{0};  // atom indices: module << 32 | function; 0: none
  std::atomic<code::version*> dispatching{nullptr};
  std::atomic<std::uint64_t> callback{0};         // the server's last one, as current_function
  std::atomic<std::uint64_t> callback_clause{0};  // its arity << 32 | the index of the message's tag
  std::atomic<std::uint32_t> current_arity{0};
  std::atomic<bool> running{false};
  /// Something came that does not wait for the next look at the inbox. By whoever sent it; seldom.
  std::atomic<bool> pressing{false};

  // Own thread.
  bool ending = false;
  bool finishing = false;  // none of its code will run but destructors
  bool started = false;
  bool in_take = false;
  bool in_destructors = false;  // an exception out of what runs would end the program
  enum class look : std::uint8_t { on, again, at_new_only } wanted_look = look::on;
  bool timeout_due = false;
  bool turn_due = false;
  signal_list messages;  // not looked at yet (blocking: every waiting message)

  ~impl() override { delete frames.load(std::memory_order_relaxed); }

  relations& relations_made() {
    if (!related)
      related = std::make_unique<relations>();
    return *related;
  }

  seldom_used& more_made() {
    if (!more)
      more = std::make_unique<seldom_used>();
    return *more;
  }
  bool have(signal_list seldom_used::*queue) const noexcept { return more && !((*more).*queue).empty(); }
  bool is_held() const noexcept { return more && more->held != 0; }
  bool is_empty() const noexcept {
    return messages.empty() && !have(&seldom_used::again) && !have(&seldom_used::skipped);
  }
  /// Waiting messages in their order.
  std::array<signal_list*, 3> queues() noexcept;
  term initial_call() const;  // any thread

  // signals.cpp
  /// Takes what arrived (false: nothing): messages to `messages`, everything else takes effect. Once the process is
  /// to end, only with `as_living`.
  bool fetch(bool as_living = false);
  void handle(signal_ptr arrived);
  void handle_exit(signal& arrived);
  bool ends_by(signal& arrived);
  void handle_link(signal& arrived);
  void handle_unlink(signal& arrived);
  void handle_down(signal& arrived);
  void handle_by_alias(signal& arrived);
  void make_alias(std::uint64_t ref, alias_end until);
  bool end_alias(std::uint64_t ref);
  /// The monitor has fired, or was given up: what goes with it goes.
  void monitor_over(std::uint64_t ref);
  void answer_request(signal& arrived);
  void append_message(term message, pid from = {});
  /// The process is to end with this reason; the first one counts (P06).
  void end_with(term reason);
  /// Tells links and monitors, forgets the name, leaves the node. Last.
  void finish();
  /// One activation of a scheduled process: up to `max` messages.
  enum class state { more, waiting, done };
  state run_scheduled(std::size_t max);
  void run_one();
  void change_look(look how);

  // Blocking.
  void run_blocking();
  /// Ends when something arrived (true) or the deadline has passed (false). Throws process_exit.
  bool wait(deadline until);
  /// What it asked for came while it looked out for it, before it would have fallen asleep.
  bool comes_soon() const noexcept;
  /// A scheduled process's question was answered, refused, or has waited long enough.
  bool is_answered() const noexcept {
    return body && more && !more->requests.empty() && (more->requests.back().arrived || timeout_due);
  }
  bool has_work() const noexcept {
    if (!started || have(&seldom_used::urgents))
      return true;
    return !is_held() && (!messages.empty() || have(&seldom_used::again) || timeout_due || turn_due || is_answered());
  }
  void take_answer();
  signal* still_there(signal* seen, std::uint64_t gone_before) const noexcept;
  /// The reason why there is nobody to ask, or nothing and the target.
  std::optional<term> find_server(const term& server, pid& target);
  /// Waits for the answer to the innermost request, which `pose` has sent.
  answer await_answer(deadline until);
  answer ask(pid target, signal_ptr question, deadline until);
  /// As request_all; without a label, as node::urgent_all.
  std::vector<answer> ask_all(const std::vector<pid>& servers, std::optional<atom> label, const term& request,
                              deadline until, const std::function<void(std::size_t)>& tell);
  /// Requests from `before` on: whatever happens, those that are left are given up.
  struct opened {
    impl& me;
    const std::size_t before;
    ~opened();
  };
  /// A question that `server` has: its answer is waited for, or will be.
  void note_request(std::uint64_t ref, pid server, bool is_port = false) {
    more_made().requests.push_back({ref, server, is_port, false, false, {false, "timeout"}});
  }
  /// Whether the innermost request has this reference.
  bool is_posed(const term& question) const noexcept;
  /// False: it is no answer to a request of a batch.
  bool answer_of_batch(signal& arrived);
  /// Puts the question to a server, or to a port.
  void pose(const term& server, pid target, atom label, const term& request);
  /// Whether the request's answer need not be waited for any more; tells who was asked.
  bool give_up(const awaited& open);
  /// Takes what arrived (false: nothing); throws process_exit if the process is to end.
  bool check();
  /// The same where only an end counts: what else arrived is left where it is, as senders write there.
  void check_end() {
    if (may_end())
      check();
  }
  /// False: it is not to end, as far as is known here.
  bool may_end() const noexcept { return ending || pressing.load(std::memory_order_relaxed); }

  // Any thread, with a reference held.
  void post(signal_ptr& sent);  // leaves the signal with the caller if the process has ended
  void wake_blocked();

  /// Milliseconds that its code has been running without coming back to the scheduler, or to a wait; 0: it has not.
  std::int64_t busy_ms() const noexcept;

  void count_reduction() noexcept {
    reductions.store(reductions.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  /// Before a message, out of its queue, is looked at; then one of the next two.
  void take_in_hand(signal& message);
  void consumed(signal& message);
  void put_back(signal& message);
  void owe(owed_answer one);
  /// A request is answered, or its asker has given up. False: it is none that this process has taken up.
  bool settle(std::uint64_t ref);
  void tell_port(const signal& message);
  void count_taken() noexcept { taken.store(taken.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
};

inline process::impl& process::inside() noexcept {
  return static_cast<impl&>(*this);
}
inline const process::impl& process::inside() const noexcept {
  return static_cast<const impl&>(*this);
}

/// One request to many servers (request_all). The references follow each other, so that an answer finds its place by
/// its own. Whatever happens, those that are left are given up. Nests, as requests do.
struct request_batch {
  request_batch(process::impl& of, const std::vector<pid>& asked, std::vector<process::answer>& into);
  ~request_batch();
  request_batch(const request_batch&) = delete;
  void pose(std::optional<atom> label, const term& request);  // no label: urgent
  /// False: it is no answer to one of these.
  bool take(signal& arrived);

  process::impl& me;
  request_batch* const outer;
  const std::vector<pid>& servers;
  std::vector<process::answer>& answers;
  const std::uint64_t first;
  std::size_t open;
  std::vector<bool> arrived;
};

/// A clock that is cheaper to look at (some 5 ns): it ticks every few milliseconds, and is behind `clock` by them.
clock::time_point coarse_now() noexcept;
/// Its milliseconds; never 0.
std::int64_t coarse_ms() noexcept;

/// A counted reference to a process.
class process_ref {
public:
  process_ref() = default;
  /// Takes over a reference that was counted already.
  static process_ref adopt(process* counted) noexcept {
    process_ref made;
    made.process_ = counted;
    return made;
  }
  static process_ref share(process& other) noexcept {
    other.retain();
    return adopt(&other);
  }
  process_ref(const process_ref& other) noexcept : process_(other.process_) {
    if (process_)
      process_->retain();
  }
  process_ref(process_ref&& other) noexcept : process_(std::exchange(other.process_, nullptr)) {}
  process_ref& operator=(process_ref other) noexcept {
    std::swap(process_, other.process_);
    return *this;
  }
  ~process_ref() {
    if (process_)
      process_->release();
  }
  /// The reference stays counted.
  process* detach() noexcept { return std::exchange(process_, nullptr); }
  explicit operator bool() const noexcept { return process_ != nullptr; }
  process& operator*() const noexcept { return *process_; }
  process* operator->() const noexcept { return process_; }
  process* get() const noexcept { return process_; }
  process::impl& inside() const noexcept { return process_->inside(); }

private:
  process* process_ = nullptr;
};

/// The process that runs on this thread, if one does.
process* running_process() noexcept;
class running_scope {
public:
  explicit running_scope(process* now) noexcept;
  ~running_scope();
  running_scope(const running_scope&) = delete;

private:
  process* before_;
};
}  // namespace twinslot
