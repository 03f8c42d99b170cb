// SPDX-License-Identifier: Apache-2.0
// Tells the kernel and waiting readers what happened by itself: a thread of its own, because the
// kernel may not be told anything from within a request.
//
// What the kernel may remember, and how that stays true:
// - The attributes of the directories of jobs, which every path walk needs: for long. When a job
//   moves by itself the kernel is told to ask again; once, and not again before it has asked.
// - Names that a listing with attributes brought (readdirplus), so that `ls -l` needs no request
//   for each: for kEntryTimeout. They are not taken back: for that the kernel locks the directory,
//   and who holds that lock may be waiting for our answer; a filed that is killed then could not
//   die. A user's rename waits until the time has passed, because the kernel would carry the old
//   inode along to the new name.
// - Anything else about jobs: nothing.
//
// Threads: start() and stop() belong to one, the rest to any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "mount/event_waiters.h"
#include "mount/fuse_api.h"

namespace bobbin {

inline constexpr std::chrono::milliseconds kEntryTimeout{20};

class Notifier : public ChangeObserver, public WakeUp {
 public:
  explicit Notifier(EventLog& events) : events_(events), waiters_(events, *this) {}
  ~Notifier() override { stop(); }
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  EventWaiters& waiters() noexcept { return waiters_; }

  // Once the session is mounted.
  void start(fuse_session* session);
  // Answers all who wait for events. Idempotent.
  void stop() noexcept;

  // Before attributes of this directory, or names in it, are read for the kernel to remember.
  void gives_attributes(JobState directory) noexcept;
  void gives_entries(JobState directory) noexcept;
  // Waits, at most a few ticks, until the kernel has forgotten the names it was given.
  void wait_until_entries_expire(JobState directory) const;

  void changed(const Change& change) noexcept override;  // of the EventLog
  void wake() noexcept override;

 private:
  using Clock = std::chrono::steady_clock;
  void run();
  void tell_kernel(unsigned directories) noexcept;

  fuse_session* session_ = nullptr;
  EventLog& events_;
  EventWaiters waiters_;

  std::atomic<bool> asked_[4] = {};                // by JobState
  std::atomic<Clock::rep> entries_until_[4] = {};  // Clock's count
  std::mutex mutex_;
  std::condition_variable work_;
  bool woken_ = false;
  bool stopping_ = false;
  unsigned changed_directories_ = 0;  // bits by JobState
  std::thread thread_;
};

}  // namespace bobbin
