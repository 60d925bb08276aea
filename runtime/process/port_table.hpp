// runtime/process/port_table.hpp - port to its object, for every thread. Internal to runtime/process.
//
// Each message of a socket needs two look-ups here, when its answer is sent and when it was taken. So who looks takes
// no lock: it reads within a section (runtime/os/read_section.hpp). Who adds and removes takes the lock.
//
//     cells     an array of pointers, a power of two; a port is in the cell that its number says, modulo their count. A
//               new port gets the next number whose cell is free, and at least half of all cells are free.
//     grown     a new array, twice as large, is filled aside and published: ports in different cells get different ones
//     removed   the entry is given back when no reader can have it in hand any more; a few always wait for that
//
// Why a look-up finds what is there, and finds it alive: as in process_table.hpp. All loads and stores of cells and
// arrays that readers see are sequentially consistent, or release where nobody can know the port yet.
#pragma once
#include "runtime/os/left_behind.hpp"
#include "runtime/process/port.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace twinslot {

class port_table {
public:
  port_table();
  ~port_table();
  port insert(std::shared_ptr<port_object> opened);
  /// Null where it is not open. The table's own reference is given back later.
  std::shared_ptr<port_object> remove(port which) noexcept;
  /// Gives back the references that still wait; waits for readers.
  void flush() noexcept;

  /// Calls `with(port_object&)`; false: it is not open. `with` must not wait, and not close ports.
  template <class Function>
  bool visit(port which, Function&& with) const {
    const os::read_section here;
    const entry* const found = look(which);
    if (found)
      with(*found->object);
    return found != nullptr;
  }
  std::shared_ptr<port_object> find(port which) const {
    const os::read_section here;
    const entry* const found = look(which);
    return found ? found->object : nullptr;
  }
  /// In ascending order.
  std::vector<port> all() const;

private:
  struct entry {
    std::uint64_t id;
    std::shared_ptr<port_object> object;
  };
  using cell = std::atomic<const entry*>;
  struct array {
    explicit array(std::size_t count) : mask(count - 1), cells(std::make_unique<cell[]>(count)) {}
    cell& of(std::uint64_t id) const noexcept { return cells[id & mask]; }
    const std::size_t mask;
    const std::unique_ptr<cell[]> cells;
  };
  struct unlinked {
    std::unique_ptr<const entry> removed;
    std::unique_ptr<const array> former;
  };

  /// Null: none. Within a section.
  const entry* look(port which) const noexcept {
    const entry* const there = array_.load()->of(which.id).load();
    return there && there->id == which.id && which.node == 0 ? there : nullptr;
  }

  // With the lock.
  void make_room();

  std::atomic<const array*> array_;
  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::size_t count_ = 0;
  os::left_behind<unlinked> leaving_;
};
}  // namespace twinslot
