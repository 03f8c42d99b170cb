// SPDX-License-Identifier: Apache-2.0
// Counts the requests that are not answered yet, so that the session is not taken away under one
// whose answer comes from another thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace bobbin {

class InFlight {
 public:
  void enter() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void leave() noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) count_.notify_all();
  }
  void wait_until_none() const noexcept {
    for (std::uint32_t count = count_; count != 0; count = count_) count_.wait(count);
  }

 private:
  std::atomic<std::uint32_t> count_{0};
};

}  // namespace bobbin
