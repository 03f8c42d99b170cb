// SPDX-License-Identifier: Apache-2.0
// What happened to a job: the lines of MOUNT/events are made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "jobs/job.h"

namespace bobbin {

struct Change {
  WallTime at{};
  JobNumber number{};
  std::string name;                              // after the change
  std::optional<JobState> from = std::nullopt;   // nullopt: it is new
  std::optional<JobState> to = std::nullopt;     // nullopt: it is gone
  std::uint32_t attempt = 0;                     // 0: none yet
  std::optional<AttemptEnd> end = std::nullopt;  // where an attempt ended
};

// Told of every change, in order, while the Store holds its lock: may only take note, must not call
// the Store.
class ChangeObserver {
 public:
  virtual ~ChangeObserver() = default;
  virtual void changed(const Change& change) noexcept = 0;
};

// "There may be something to do": never blocks, may be called from any thread and under any lock.
class WakeUp {
 public:
  virtual ~WakeUp() = default;
  virtual void wake() noexcept = 0;
  // A job can start: no news for who could start none.
  virtual void wake_for_job() noexcept { wake(); }
};

}  // namespace bobbin
