// SPDX-License-Identifier: Apache-2.0
// A WakeUp that poll(2) can wait for: an eventfd that is written only while somebody sleeps, so
// that a wake-up of one who is awake costs no system call.
//
// Threads: wake() any; the rest belongs to the one that sleeps.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/fd.h"
#include "jobs/change.h"

namespace bobbin {

class WakeFd : public WakeUp {
 public:
  WakeFd();  // throws Error
  void wake() noexcept override;
  void wake_for_job() noexcept override {
    if (!is_full_.load(std::memory_order_acquire)) wake();
  }
  // While it is so, no job can start before its sleeper has woken for another reason.
  void set_full(bool is_full) noexcept { is_full_.store(is_full, std::memory_order_seq_cst); }

  int fd() const noexcept { return fd_.get(); }
  // Before sleeping: true if nothing has happened since the last call, so that sleeping is right.
  // The caller then waits for fd() and calls awake(), before it looks at what may have changed.
  bool about_to_sleep() noexcept;
  // After sleeping.
  void awake() noexcept;

 private:
  enum class State { awake, notified, asleep };

  Fd fd_;
  std::atomic<State> state_{State::awake};
  std::atomic<bool> is_full_{false};
  std::uint64_t unread_ = 0;  // written, or about to be, by those who found us asleep
};

}  // namespace bobbin
