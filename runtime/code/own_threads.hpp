// runtime/code/own_threads.hpp - threads that a plugin starts by itself are counted, so that its code stays for them.
//
// A plugin's calls of pthread_create, thrd_create and std::thread go to functions of ours: right after dlopen, before
// any of its code runs, the words are rewritten through which it calls them (its global offset table). Ours count the
// thread in the library whose code it runs, from before its start until it has returned from that code. An exception
// that leaves such a thread ends the thread and not the program, and is written to standard error.
// The same for keys of thread-specific data with a destructor: the C library would call it as long as the key is there.
//
// What is not seen: threads that another library starts, which the plugin needs, to run code of its own.
// Source: ELF gABI, "Relocation"; psABI of each machine for the types of relocations.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

namespace twinslot::code {

/// What was counted for one library.
struct own_counts {
  std::atomic<std::uint64_t> threads{0};
  std::atomic<std::int64_t> keys{0};
};

/// Watches one open library; made between dlopen and its first code. Its end only stops the watch.
class own_threads {
public:
  own_threads() = default;
  explicit own_threads(void* handle);
  own_threads(own_threads&& other) noexcept;
  own_threads& operator=(own_threads&& other) noexcept;
  ~own_threads();

  std::uint64_t thread_count() const noexcept { return counts_ ? counts_->threads.load() : 0; }
  std::int64_t key_count() const noexcept { return counts_ ? counts_->keys.load() : 0; }
  /// Code or data of the library.
  bool is_inside(const void* address) const noexcept;

private:
  std::uintptr_t begin_ = 0, end_ = 0;
  std::shared_ptr<own_counts> counts_;
};
}  // namespace twinslot::code
