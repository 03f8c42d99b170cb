// SPDX-License-Identifier: Apache-2.0
// The rules: which operation is allowed on a job in which state, and what an ended attempt leads
// to. Pure: no I/O, no clock, no lock. docs/architecture.md has the diagram; a test compares both.
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

#include "jobs/config.h"
#include "jobs/job.h"

namespace bobbin {

// What came of an operation that a user asked for. The mount has the errno of each.
enum class Verdict : std::uint8_t {
  done,
  no_such_job,    // ENOENT
  name_taken,     // EEXIST
  not_permitted,  // EPERM: this directory does not allow it
  queue_full,     // ENOSPC: max_pending or min_free_space
  too_large,      // EFBIG: max_content
};

enum class Operation : std::uint8_t {
  write,  // and truncate
  remove,
  rename_in_place,  // a new name in the same directory
  move_to_pending,
  move_to_active,
  move_to_failed,
  move_to_complete,
};

// The table of operations and directories. A move within one directory is a renaming in place.
struct Rule {
  Operation operation;
  std::string_view name;
  bool allowed[std::size(kJobStates)];
};
inline constexpr Rule kRules[] = {
    // pending, active, failed, complete
    {Operation::write, "write", {true, false, false, false}},
    {Operation::remove, "remove", {true, true, true, true}},
    {Operation::rename_in_place, "rename in place", {true, false, true, true}},
    {Operation::move_to_pending, "move to pending", {true, true, true, true}},
    {Operation::move_to_active, "move to active", {false, false, false, false}},
    {Operation::move_to_failed, "move to failed", {true, true, true, false}},
    {Operation::move_to_complete, "move to complete", {false, false, false, true}},
};
bool is_allowed(JobState state, Operation operation) noexcept;

// Where an ended attempt leads. `jitter` is a random number in [0, 1).
struct Next {
  JobState state = JobState::failed;  // pending (a further attempt), failed or complete
  WallTime next_start{};              // of a further attempt
  std::uint32_t failures = 0;
  std::uint32_t lost_in_row = 0;
};
Next after_attempt(const Job& job, const AttemptEnd& end, const Config& config, WallTime now,
                   double jitter);

// An attempt lost so many times in a row is taken for the job's own doing.
inline constexpr std::uint32_t kMaxLostInRow = 10;

// The time before which a pending job does not start: its back-off or a modification time in the
// future, whichever is later.
WallTime due_time(const Job& job) noexcept;

// Whether the scheduler may take it once it is due: pending, submitted, not empty, with a finished
// name, and without an earlier attempt that is still being ended.
bool is_startable(const Job& job) noexcept;

}  // namespace bobbin
