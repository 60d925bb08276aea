// tests/sdk/fake_host.hpp - a node of nothing but terms: what a module's functions are driven with in these tests.
//
// The term functions are the real ones. `apply` is answered by the test, and what was asked is kept.
#pragma once
#include "runtime/sdk/twinslot/abi.hpp"
#include "runtime/term/raised.hpp"
#include "runtime/term/term.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace twinslot::test {

/// The executing process of a test.
struct fake_process {
  struct request {
    atom module;
    atom function;
    std::vector<term> arguments;
  };
  std::vector<request> asked;
  /// Answers an `apply`, or throws `raised`.
  std::function<term(const request&)> answer = [](const request&) { return term("ok"); };
  abi::env* env() { return reinterpret_cast<abi::env*>(this); }
};
inline constexpr pid own_pid{89, 0};

const abi::host_table& fake_host_table();

/// A module as its host sees it: opened by the constructor, closed by the destructor.
class open_module {
public:
  explicit open_module(const abi::module_info* info) : info_(info) {}
  open_module(const open_module&) = delete;
  open_module& operator=(const open_module&) = delete;
  ~open_module() { info_->close(info_->data); }

  const abi::module_info& info() const { return *info_; }
  const abi::exported* find(std::string_view name, std::uint32_t arity) const;
  /// "name/arity" of every export, sorted.
  std::vector<std::string> function_names() const;
  struct reply {
    abi::status status;
    term value;
  };
  reply call(fake_process& process, std::string_view name, std::vector<term> arguments = {}) const;
  reply on_load(fake_process& process) const;

private:
  const abi::module_info* info_;
};

/// What a callback of a server came to. `raised`: {Class, Reason, Stack}.
struct decided {
  abi::status status;
  abi::action what;
  abi::then next;
  std::int64_t timeout_ms;
  term reply;
  term reason;
  term argument;
  term raised;
  bool is_reply(const term& value) const {
    return status == abi::status::ok && what == abi::action::reply && reply == value;
  }
  bool is_noreply() const { return status == abi::status::ok && what == abi::action::noreply; }
};

/// One process of a module's server, as actors/gen_server would hold it.
class server_process {
public:
  explicit server_process(const open_module& module) : server_(*module.info().behaviour) {}
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;
  ~server_process() { drop(); }

  decided init(const term& argument = {});
  decided call(const term& request);
  decided cast(const term& message);
  decided info(const term& message);
  decided continue_(const term& argument);
  decided terminate(const term& reason);
  /// The state as a term; {raised,...} if the export raised.
  term state() const;
  /// ok, or {Class, Reason, Stack}.
  term import(const term& value);
  term code_change(const term& old_vsn, const term& old_state, const term& extra = {});
  term code_change_down(const term& to_vsn, const term& own_state, const term& extra = {});
  term format_status(const term& state) const;
  /// Takes the other's state as it is, as after a load of code with the same layout.
  void adopt(server_process& other) { std::swap(state_, other.state_); }
  bool has_state() const { return state_ != nullptr; }
  bool has_code_change(const term& vsn) const { return server_.has_code_change(server_.data, &vsn.raw()) == 1; }
  term schema() const;

  fake_process process;
  const term caller = tuple(pid{7, 0}, reference{1, 0});

private:
  template <class Call>
  decided run(Call call);
  /// Takes a new state in place of the present one.
  term replace(abi::status status, void* made, term raised);
  void drop();
  const abi::server& server_;
  void* state_ = nullptr;
};

}  // namespace twinslot::test
