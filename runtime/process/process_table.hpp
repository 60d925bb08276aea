// runtime/process/process_table.hpp - pid to process, for every thread. Internal to runtime/process.
//
// Every signal starts with a look-up here, so who looks takes no lock and counts no reference: it reads within a
// section (runtime/os/read_section.hpp). Who adds and removes takes the lock.
//
//     cells     an array of pointers, at least twice as many as there are processes; a process is in the first cell
//               that was free, from where its number led. One that it leaves stays `gone`, so that who looks goes on.
//     grown     a new array is filled aside and published; the old one stays until its last reader has left
//     removed   the table's own reference is given back when no reader can have the process in hand any more; a few of
//               those that ended last always wait for that
//
// Why a look-up finds what is there: a process keeps its cell, in one array, until it is removed, and no cell between
// its first choice and its place becomes empty meanwhile. A reader that has an old array finds in it what was there
// when it was replaced; what is added later has no reader's pid yet when that reader began, unless it was told by who
// added it, and then the new array was published before. Why what it finds is alive: the table's reference outlives the
// reader.
#pragma once
#include "runtime/os/left_behind.hpp"
#include "runtime/process/process_impl.hpp"

#include <bit>

namespace twinslot {

class process_table {
public:
  process_table();
  ~process_table();
  void insert(process& added);
  /// The process is no longer found. Gives back the table's reference, later.
  void remove(pid who) noexcept;
  /// Gives back the references that still wait; waits for readers.
  void flush() noexcept;

  /// Calls `with(process&)`; false: there is none. `with` must not wait, and not look for processes that it waits for.
  template <class Function>
  bool visit(pid who, Function&& with) const {
    const os::read_section here;
    process* const found = look(who);
    if (found)
      with(*found);
    return found != nullptr;
  }
  process_ref find(pid who) const {
    process_ref found;
    visit(who, [&](process& there) { found = process_ref::share(there); });
    return found;
  }
  bool contains(pid who) const {
    return visit(who, [](process&) {});
  }
  /// In ascending order of pids.
  std::vector<process_ref> all() const;

private:
  using cell = std::atomic<process*>;
  static process* gone() noexcept { return reinterpret_cast<process*>(std::uintptr_t{1}); }
  struct array {
    explicit array(std::size_t count)
        : mask(count - 1), shift(std::countl_zero(mask)), cells(std::make_unique<cell[]>(count)) {}
    /// Where to look first. Scattered: numbers that follow each other would make one long row, which who looks for one
    /// that has ended would walk along.
    std::size_t first_of(std::uint64_t id) const noexcept { return id * 0x9E3779B97F4A7C15u >> shift; }
    /// The process with this number and its cell; null and the empty cell where its row ends: there is none.
    struct found {
      std::size_t at;
      process* there;
    };
    found look(std::uint64_t id) const noexcept {
      for (std::size_t at = first_of(id);; at = (at + 1) & mask) {
        process* const here = cells[at].load();
        if (!here || (here != gone() && here->self().id == id))
          return {at, here};
      }
    }
    /// Calls `with(process*)` for each; with the table's lock.
    template <class Function>
    void each(Function&& with) const {
      for (std::size_t at = 0; at <= mask; ++at)
        if (process* const here = cells[at].load(std::memory_order_relaxed); here && here != gone())
          with(here);
    }
    const std::size_t mask;
    const int shift;
    const std::unique_ptr<cell[]> cells;
  };

  /// Null: none. Within a section.
  process* look(pid who) const noexcept {
    if (who.node != 0)
      return nullptr;
    return array_.load()->look(who.id).there;
  }

  // With the lock.
  static void put(array& in, process* added) noexcept;
  /// Whether it made a new array.
  bool make_room();
  struct unlinked {
    process_ref process;
    std::unique_ptr<array> former;
  };

  std::atomic<array*> array_;
  mutable std::mutex mutex_;
  std::size_t count_ = 0;
  std::size_t used_ = 0;  // cells that are not empty
  os::left_behind<unlinked> leaving_;
};
}  // namespace twinslot
