// SPDX-License-Identifier: Apache-2.0
#include "sched/wake_fd.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

#include "base/fail.h"

namespace bobbin {

WakeFd::WakeFd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!fd_.is_open()) fail_errno(errno, "cannot create an event descriptor");
}

// An exchange in any case: a mere look could take an old "notified" for one that is still to be
// seen, and the sleeper would miss what the caller has changed.
void WakeFd::wake() noexcept {
  if (state_.exchange(State::notified, std::memory_order_acq_rel) != State::asleep) return;
  // Fails only if the counter is full, and then it is readable.
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(fd_.get(), &one, sizeof one);
}

bool WakeFd::about_to_sleep() noexcept {
  State expected = State::awake;
  if (state_.compare_exchange_strong(expected, State::asleep, std::memory_order_acq_rel))
    return true;
  state_.exchange(State::awake, std::memory_order_acq_rel);
  return false;
}

// Each change from asleep to notified is followed by one write, perhaps after this read; it is read
// in the end, or a later sleep would never be one.
void WakeFd::awake() noexcept {
  if (state_.exchange(State::awake, std::memory_order_acq_rel) == State::notified) ++unread_;
  if (unread_ == 0) return;
  std::uint64_t count = 0;
  if (::read(fd_.get(), &count, sizeof count) == sizeof count) unread_ -= count;
}

}  // namespace bobbin
