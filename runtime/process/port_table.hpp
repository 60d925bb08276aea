// runtime/process/port_table.hpp - port to its object, for every thread. Internal to runtime/process.
#pragma once
#include "runtime/process/port.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace twinslot {

class port_table {
public:
  port insert(std::shared_ptr<port_object> opened);
  /// Null where it is not open.
  std::shared_ptr<port_object> remove(port which) noexcept;
  std::shared_ptr<port_object> find(port which) const;
  /// In ascending order.
  std::vector<port> all() const;

private:
  static constexpr std::size_t shard_count = 16;
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, std::shared_ptr<port_object>> ports;
  };
  std::array<shard, shard_count> shards_;
  std::atomic<std::uint64_t> last_{0};
};
}  // namespace twinslot
