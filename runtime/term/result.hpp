// runtime/term/result.hpp - a value, or the reason why there is none, as a term.
//
// An expected failure is returned, not thrown; its reason prints on the console as it is.
#pragma once
#include "runtime/term/term.hpp"

#include <utility>
#include <variant>

namespace twinslot {

/// A reason on its way to the caller: `return error{tuple("bad_abi", path, found, wanted)};`
struct error {
  term reason;
};

template <class T>
class [[nodiscard]] result {
public:
  result(T value) : value_(std::in_place_index<0>, std::move(value)) {}
  result(twinslot::error failure) : value_(std::in_place_index<1>, std::move(failure)) {}
  explicit operator bool() const noexcept { return value_.index() == 0; }
  T& value() & { return std::get<0>(value_); }
  const T& value() const& { return std::get<0>(value_); }
  T&& value() && { return std::get<0>(std::move(value_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &std::get<0>(value_); }
  const T* operator->() const { return &std::get<0>(value_); }
  const twinslot::error& error() const& { return std::get<1>(value_); }
  const term& reason() const& { return error().reason; }

private:
  std::variant<T, twinslot::error> value_;
};

template <>
class [[nodiscard]] result<void> {
public:
  result() = default;
  result(twinslot::error failure) : failure_(std::move(failure)), failed_(true) {}
  explicit operator bool() const noexcept { return !failed_; }
  const twinslot::error& error() const& { return failure_; }
  const term& reason() const& { return failure_.reason; }

private:
  twinslot::error failure_;
  bool failed_ = false;
};
}  // namespace twinslot
