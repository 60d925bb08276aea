// runtime/process/spare_threads.hpp - threads for those who block: one that has done its job waits for the next.
//
//     run(job)   to a thread that waits, or to a new one
//     job done   the thread waits, while few do; else it ends
//     stop       those that wait end, and the others after their job
//
// Why: a new thread costs some 30 us, and one that ends holds up the others while its stack is unmapped: an upgrade is
// done in a process that blocks, under clients that wait.
//
// Any thread. A job belongs to its thread, everything else here to the lock. A thread that waits costs no time.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace twinslot {

class spare_threads {
public:
  spare_threads() = default;
  spare_threads(const spare_threads&) = delete;
  /// After stop.
  ~spare_threads() = default;

  /// Throws std::system_error where no thread can be made: then the job is not run. Not after stop.
  void run(std::function<void()> job);
  /// Waits until all jobs are done, or leaves behind those that are not, which must not find this gone then.
  void stop(bool leaves_behind);

private:
  struct spare {
    std::thread thread;
    std::function<void()> job;
    std::condition_variable called;
  };
  void live(spare& me);

  std::mutex mutex_;
  std::vector<std::unique_ptr<spare>> all_;
  std::vector<spare*> waiting_;
  std::vector<std::thread> ended_;  // not joined yet
  std::condition_variable none_left_;
  bool stopped_ = false;
  bool leaves_behind_ = false;
};
}  // namespace twinslot
