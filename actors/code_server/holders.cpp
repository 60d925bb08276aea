#include "actors/code_server/holders.hpp"

#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot::code_server {
namespace {

term value_in(const term& info, atom key) {
  for (const term& pair : info.elements_of_list())
    if (pair[0] == key)
      return pair[1];
  return "undefined";
}

term name_in(const term& info) {
  const term name = value_in(info, "registered_name"_atom);
  return name.is_atom() ? name : term("undefined");
}

/// Whether the state's next message moves it to the current version: gen_server's rule (design 3.4).
bool is_adopted(const code::version& held, const code::version* current) {
  const abi::server* const now = current ? current->server() : nullptr;
  const abi::server* const then = held.server();
  return now && then && now != then && now->layout == then->layout &&
         now->has_code_change(now->data, &held.vsn().raw()) == 0 &&
         then->has_code_change(then->data, &current->vsn().raw()) == 0;
}

class listing {
public:
  listing(process& self, state& shared, atom module)
      : self_(self), shared_(shared), module_(module), current_(table().current(module)) {}

  term run() {
    for (const auto& one : shared_.gate->without_version(module_))
      add_waiting(one);
    for (const auto& one : table().removed_versions())
      if (one.module == module_)
        add(*one.at, "purged"_atom);
    if (const code::version* old = table().old(module_))
      add(*old, "old"_atom);
    if (current_)
      add(*current_, "current"_atom);
    return list_of(found_.data(), found_.size());
  }

private:
  code::table& table() noexcept { return self_.home().code(); }

  void add(const code::version& in, atom slot) {
    const auto running = self_.home().lingering(&in);
    auto all = in.bound();
    all.insert(all.end(), running.begin(), running.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (pid each : all)
      add(in, slot, each, std::find(running.begin(), running.end(), each) != running.end());
    if (const auto funs = in.fun_count(); funs != 0)
      add_funs(in, slot, funs);
    if (const auto threads = in.thread_count(); threads != 0)
      add_threads(in, slot, threads);
  }

  void add_waiting(const purge_gate::waiting_server& one) {
    const term info = self_.home().process_info(one.who);
    if (!info.is_list())
      return;  // it has ended
    std::string why = "its state of version " + format("~0tp", list(one.vsn));
    if (one.reason.is_nil())
      why += current_ ? " waits for its next message, to go to the current version" : " waits for a version";
    else
      why += " waits: no loaded version takes it: " + brief(one.reason);
    found_.push_back(
        map({{"pid", term(one.who)},
             {"name", name_in(info)},
             {"slot", "none"},
             {"vsn", one.vsn},
             {"kind", "waiting"},
             {"function", "undefined"},
             {"since_ms", "undefined"},
             {"why", string(why + suspension(one.who))},
             {"released_by", string("the load of a version that takes it, sys:replace_state/2 or its exit")}}));
  }

  /// A failure without the stack behind it, and no longer than a few lines.
  static std::string brief(const term& failure) {
    const bool is_exit = failure.is_tagged("EXIT"_atom, 2);
    const bool has_stack = is_exit && failure[1].is_tuple(2) && failure[1][1].is_list();
    std::string text = format("~0tp", list(has_stack && !(failure[1][0] == "undef") ? failure[1][0] : failure));
    constexpr std::size_t enough = 400;
    if (text.size() > enough)
      text = text.substr(0, enough) + "...";
    return text;
  }

  /// What keeps it from taking messages, whatever version it has.
  std::string suspension(pid who) const {
    switch (self_.home().standing_of(who)) {
      case body::standing::suspended: return "; suspended by sys:suspend";
      case body::standing::held: return "; held by an upgrade";
      default: return "";
    }
  }

  // Where they are is not known.
  void add_funs(const code::version& in, atom slot, std::uint64_t count) {
    found_.push_back(map({{"pid", "undefined"},
                          {"name", "undefined"},
                          {"slot", slot},
                          {"vsn", in.vsn()},
                          {"kind", "fun"},
                          {"function", "undefined"},
                          {"since_ms", "undefined"},
                          {"why", string("local funs of it in states, messages or bindings: " + std::to_string(count))},
                          {"released_by", string("the end of the last of them")}}));
  }

  void add_threads(const code::version& in, atom slot, std::uint64_t count) {
    const std::string which = count == 1 ? "a thread of its own" : std::to_string(count) + " threads of its own";
    found_.push_back(map({{"pid", "undefined"},
                          {"name", "undefined"},
                          {"slot", slot},
                          {"vsn", in.vsn()},
                          {"kind", "thread"},
                          {"function", "undefined"},
                          {"since_ms", "undefined"},
                          {"why", string(which + (count == 1 ? " runs" : " run"))},
                          {"released_by", string(count == 1 ? "its return" : "the return of the last of them")}}));
  }

  void add(const code::version& in, atom slot, pid who, bool runs) {
    const term info = self_.home().process_info(who);
    if (!info.is_list())
      return;  // it has ended
    const auto bound = in.bound_since(who);
    if (!runs && !bound)
      return;  // it has moved on
    // Its innermost function: the frame of this very version may be further out.
    const term function = runs ? value_in(info, "current_function"_atom) : term("undefined");
    const term clause = runs ? value_in(info, "current_clause"_atom) : term("undefined");
    const deadline since = runs ? self_.home().lingering_since(who, &in) : bound;
    term since_ms = "undefined";
    if (since)
      since_ms = std::chrono::floor<std::chrono::milliseconds>(clock::now() - *since).count();
    const atom kind = !runs ? "state"_atom : bound ? "callback"_atom : "frame"_atom;
    found_.push_back(map({{"pid", term(who)},
                          {"name", name_in(info)},
                          {"slot", slot},
                          {"vsn", in.vsn()},
                          {"kind", kind},
                          {"function", function},
                          {"since_ms", since_ms},
                          {"why", string(reason(kind, function, clause) + suspension(who))},
                          {"released_by", string(release(in, kind, slot))}}));
  }

  static std::string reason(atom kind, const term& function, const term& clause) {
    if (kind == "state"_atom)
      return "its state has this version's layout";
    std::string where = function.is_tuple(3)
                            ? to_text_w(function[0]) + ":" + to_text_w(function[1]) + "/" + to_text_w(function[2])
                            : "its code";
    if (!(clause == "undefined"))
      where += " " + to_text_w(clause);
    return (kind == "callback"_atom ? "a callback runs: in " : "in ") + where;
  }

  const char* release(const code::version& in, atom kind, atom slot) const {
    if (kind == "callback"_atom)
      return "the callback's end, or its exit";
    if (kind == "frame"_atom)
      return "a fully qualified call, its return or its exit";
    if (slot == "old"_atom && is_adopted(in, current_))
      return "its next message, code:soft_purge/1 or its exit";
    return "sys:change_code/4, upgrade/1, code:soft_purge/1 or its exit";
  }

  process& self_;
  state& shared_;
  const atom module_;
  const code::version* const current_;
  std::vector<term> found_;
};
}  // namespace

term holders(process& self, state& shared, atom module) {
  return listing(self, shared, module).run();
}
}  // namespace twinslot::code_server
