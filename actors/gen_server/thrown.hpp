// actors/gen_server/thrown.hpp - a value that a callback threw counts as what it returned (G13), as Erlang's tuples say
// it: {reply,Reply,State}, {noreply,State,Timeout}, {stop,Reason,State}, {ok,State,{continue,Argument}} ...
#pragma once
#include "actors/gen_server/callbacks.hpp"

#include <optional>

namespace twinslot::gen_server {

struct thrown_result {
  decision decided;
  bool has_state = false;
  term state;
};
/// Empty: it is no result of that callback. `from_init`: of init, else of handle_call (`from_call`) or another one.
std::optional<thrown_result> read_thrown(const term& value, bool from_init, bool from_call);
}  // namespace twinslot::gen_server
