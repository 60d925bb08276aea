// runtime/console/format_complaints.hpp - what is wrong with a call of io:format, as OTP 25 says it below `called as`.
//
//     io:format("~p")   ->   {1, "wrong number of arguments"}
//
// For argument_complaints.cpp. Source: erl_stdlib_errors and io_lib_format of OTP 25.
#pragma once
#include "runtime/term/term.hpp"

#include <string>
#include <utility>
#include <vector>

namespace twinslot::console {

/// {Argument, What is wrong with it}. `given`: [Format], [Format, Data] or [Device, Format, Data]; arguments count
/// from 1.
std::pair<int, std::string> format_complaint(const std::vector<term>& given);
}  // namespace twinslot::console
