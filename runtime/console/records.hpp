// runtime/console/records.hpp - the records that a session knows: rr/1,2 rd/2 rf/0,1 rl/0,1, and what is shown and
// typed with them.
//
//     1> rr(counter).           the state of a gen_server is a record: its schema has the names
//     [state]
//     2> {state,2,1}.
//     #state{count = 2,increment_count = 1}
//
// A plugin has no other records; rd/2 defines more. Any thread.
// Source: "shell" of OTP's reference manual.
#pragma once
#include "runtime/process/node.hpp"
#include "runtime/term/print.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace twinslot::console {

struct record {
  struct field {
    atom name;
    std::optional<term> value;  // what it is where nothing else is said; empty: undefined, and was not said
  };
  atom name;
  std::vector<field> fields;
  /// From 0; empty: no such field.
  std::optional<std::size_t> position(atom wanted) const noexcept;
};

class records {
public:
  /// The record of a module's state schema; it is loaded if it is not. `names`: an atom or a list, whatever else is
  /// left out; []: all.
  /// Shape:  [Record], or {error, nofile | invalid_filename}
  term read(process& self, const term& module, const term& names);
  /// rd/2 with its arguments as they were written; `value` evaluates a default. Raises what Erlang's does.
  term define(const term& name, const term& fields, const std::function<term(const term&)>& value);
  /// A name or a list of names.
  void forget(const term& names);
  void forget_all();
  /// "-record(state,{count = 0,increment_count}).\n" of each that is named; null: of all.
  std::string definitions(const term* names) const;
  std::optional<record> find(atom name) const;
  /// What a print_layout wants. Valid until the calling thread asks again.
  const record_fields* shapes() const;

private:
  void add(record made);
  mutable std::mutex mutex_;
  std::vector<record> all_;  // by name
};
}  // namespace twinslot::console
