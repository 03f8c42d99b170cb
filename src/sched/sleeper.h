// SPDX-License-Identifier: Apache-2.0
// Waiting for descriptors and for a time, in one system call. Times of jobs are times of day, and
// that clock can be set: then a wait ends at once and the caller computes anew. Pauses of our own
// are on the clock that can't be set.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "jobs/job.h"

namespace bobbin {

using SteadyTime = std::chrono::steady_clock::time_point;

class Sleeper {
 public:
  using Key = std::uint64_t;

  Sleeper();  // throws Error
  // Throws Error.
  void watch(int fd, Key key);
  void unwatch(int fd) noexcept;

  // Until a descriptor is readable, a time has come, or the clock was set. Returns the keys of
  // those that are readable (not always all), valid until the next call.
  const std::vector<Key>& sleep(std::optional<WallTime> wall, std::optional<SteadyTime> steady);
  // The same without waiting.
  const std::vector<Key>& look();

 private:
  void arm(std::optional<WallTime> wall);
  const std::vector<Key>& wait(int timeout_ms);

  Fd epoll_;
  Fd timer_;
  std::optional<WallTime> armed_;
  std::vector<Key> ready_;
};

}  // namespace bobbin
