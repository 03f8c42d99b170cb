// SPDX-License-Identifier: Apache-2.0
#include "jobs/transitions.h"

#include <algorithm>
#include <chrono>

#include "base/backoff.h"
#include "jobs/job_name.h"

namespace bobbin {
namespace {

using std::chrono::nanoseconds;
using RealSeconds = std::chrono::duration<double>;

// The pause after `count` failures (or losses) in a row.
nanoseconds pause_after(std::uint32_t count, const Config& config, double jitter) {
  if (config.backoff_base <= nanoseconds(0)) return nanoseconds(0);
  const Backoff backoff{.base_seconds = RealSeconds(config.backoff_base).count(),
                        .multiplier = config.backoff_mult,
                        .max_seconds = RealSeconds(config.backoff_max).count()};
  const double pause = backoff.seconds_after(count) * (1 + jitter * config.backoff_jitter);
  return std::chrono::round<nanoseconds>(RealSeconds(pause));
}

}  // namespace

bool is_allowed(JobState state, Operation operation) noexcept {
  const auto* rule = std::find_if(std::begin(kRules), std::end(kRules),
                                  [&](const Rule& r) { return r.operation == operation; });
  return rule != std::end(kRules) && rule->allowed[static_cast<std::size_t>(state)];
}

Next after_attempt(const Job& job, const AttemptEnd& end, const Config& config, WallTime now,
                   double jitter) {
  if (succeeded(end)) return {.state = JobState::complete, .failures = job.failures};
  if (end.kind == EndKind::shut_down) {
    return {.state = JobState::pending, .next_start = now, .failures = job.failures};
  }
  Next next{.failures = job.failures};
  bool again = false;
  if (end.kind == EndKind::lost) {
    next.lost_in_row = job.lost_in_row + 1;
    again = next.lost_in_row < kMaxLostInRow;
  } else {
    next.failures = job.failures + 1;
    again = next.failures <= config.max_retries;
  }
  if (again) {
    const std::uint32_t count = end.kind == EndKind::lost ? next.lost_in_row : next.failures;
    next.state = JobState::pending;
    next.next_start = now + pause_after(count, config, jitter);
  }
  return next;
}

WallTime due_time(const Job& job) noexcept { return std::max(job.next_start, job.modified); }

bool is_startable(const Job& job) noexcept {
  const bool being_ended = job.last_attempt && !job.last_attempt->end;
  return job.state == JobState::pending && job.submitted && job.content_size > 0 && !being_ended &&
         !is_unfinished_name(job.name);
}

}  // namespace bobbin
