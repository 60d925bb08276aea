// runtime/console/bindings.hpp - variables and their values, newest last.
//
// A scope that ends is a rewind to the mark where it began. A fun's head and a generator's pattern make new variables
// even where older ones have the same name: what they look at begins at their own mark.
// For the evaluator; one thread at a time.
#pragma once
#include "runtime/term/term.hpp"

#include <utility>
#include <vector>

namespace twinslot::console {

class bindings {
public:
  using mark = std::size_t;
  /// The newest value at or after `from`; null if unbound. Valid until the next change.
  const term* find(atom name, mark from = 0) const noexcept {
    for (std::size_t i = entries_.size(); i-- > from;)
      if (entries_[i].first == name)
        return &entries_[i].second;
    return nullptr;
  }
  void bind(atom name, term value) { entries_.emplace_back(name, std::move(value)); }
  mark here() const noexcept { return entries_.size(); }
  void rewind(mark to) noexcept { entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(to), entries_.end()); }
  void clear() noexcept { entries_.clear(); }
  /// Whether there was one.
  bool forget(atom name) noexcept {
    return std::erase_if(entries_, [=](const auto& e) { return e.first == name; }) > 0;
  }

  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }
  std::size_t size() const noexcept { return entries_.size(); }

private:
  std::vector<std::pair<atom, term>> entries_;
};
}  // namespace twinslot::console
