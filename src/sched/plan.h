// SPDX-License-Identifier: Apache-2.0
// What the scheduler does next, as a function: no I/O, no clock, no lock. The loop around it
// (scheduler.h) does what it says and asks again.
//
// Slots are started one at a time and only for a job that is due and finds none idle, as nobody
// counts the jobs that are due.
#pragma once

#include <cstddef>
#include <optional>

#include "jobs/job.h"

namespace bobbin {

// So many idle slots are kept beyond the number of running jobs, as far as max_job_count allows.
inline constexpr std::size_t kSpareSlots = 8;

struct SchedulerView {
  std::size_t max_job_count = 1;
  std::size_t running = 0;      // jobs in slots, those of orphaned slots included
  std::size_t idle_slots = 0;   // that can take a job
  std::size_t full_slots = 0;   // idle, but what they ran must be safe in the state first
  std::size_t stale_slots = 0;  // idle ones made for settings that are no longer in force
  bool may_start_slots = true;  // false for a while after that failed
  bool draining = false;        // no new starts
  std::optional<WallTime> next_due = std::nullopt;     // of the best waiting job
  std::optional<WallTime> next_retire = std::nullopt;  // when ended jobs are to be removed
};

struct Actions {
  std::size_t claim = 0;                           // jobs to take and start
  std::size_t start_slots = 0;                     // slots to start for them first
  std::size_t stop_slots = 0;                      // idle slots to end, stale ones first
  bool retire = false;                             // remove ended jobs now
  std::optional<WallTime> wake_at = std::nullopt;  // nullopt: not before something happens

  friend bool operator==(const Actions&, const Actions&) = default;
};

Actions plan(WallTime now, const SchedulerView& view);

}  // namespace bobbin
