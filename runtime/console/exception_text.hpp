// runtime/console/exception_text.hpp - what the console prints of an exception, as Erlang's shell words it.
//
//     ** exception error: no match of right hand side value 2
//     ** exception exit: {noproc,{gen_server,call,[counter,get_count]}}
//          in function  gen_server:call/2
//
// Any thread. Source: erl_error of OTP 25 for texts and layout.
#pragma once
#include "runtime/term/print.hpp"
#include "runtime/term/raised.hpp"

#include <string>

namespace twinslot::console {

struct exception_layout {
  int width = 80;
  const record_fields* records = nullptr;
  bool caught = false;  // the evaluating process lives: `* exception`
};
/// The whole text from `** exception` on, without a line feed at its end; lines are broken at `width` columns.
std::string exception_text(const raised& failure, const exception_layout& how = {});
}  // namespace twinslot::console
