// runtime/process/process_table.hpp - pid to process, for every thread. Internal to runtime/process.
// Sharded, as a send starts with a look-up here.
#pragma once
#include "runtime/process/process_impl.hpp"

#include <array>

namespace twinslot {

class process_table {
public:
  ~process_table() = default;
  void insert(process& added);
  /// Gives back the table's reference; the process is no longer found.
  void remove(pid who) noexcept;
  process_ref find(pid who) const;
  bool contains(pid who) const;
  /// In ascending order of pids.
  std::vector<process_ref> all() const;
  std::size_t size() const;

private:
  static constexpr std::size_t shard_count = 64;
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, process_ref> processes;
  };
  shard& shard_of(pid who) noexcept { return shards_[who.id % shard_count]; }
  const shard& shard_of(pid who) const noexcept { return shards_[who.id % shard_count]; }
  std::array<shard, shard_count> shards_;
};
}  // namespace twinslot
