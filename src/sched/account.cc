// SPDX-License-Identifier: Apache-2.0
#include "sched/account.h"

#include <bobbin/error.h>

#include "slot/job_log.h"

namespace bobbin {
namespace {

// A log that can't be read is no reason to stop.
std::string log_so_far(const Store& store, JobNumber number) {
  try {
    return store.read_log(number, 0, 2 * kMaxInlineLog).value_or("");
  } catch (const Error&) {
    return {};
  }
}

std::uint32_t last_known_attempt(const Job& job) {
  return job.last_attempt ? job.last_attempt->number : 0;
}

}  // namespace

Finished finished_from(const AttemptRecord& record, const std::string& capture_path) {
  Finished finished{.number = record.number,
                    .attempt = record.attempt,
                    .end = record.end.value_or(AttemptEnd{EndKind::lost, 0}),
                    .use = record.use,
                    .pid = record.pid,
                    .started = record.started,
                    .ended = record.ended,
                    .log = {},
                    .log_path = {}};
  switch (record.log_place) {
    case LogPlace::in_record: finished.log = record.log; break;
    case LogPlace::in_capture: finished.log_path = capture_path; break;
    case LogPlace::in_log_file: break;
  }
  return finished;
}

bool account_for(Store& store, const Finished& finished, WallTime now, double jitter) {
  const std::optional<Job> job = store.find(finished.number);
  if (!job) return false;
  const std::uint32_t known = last_known_attempt(*job);
  if (finished.attempt < known) return false;
  if (finished.attempt == known && job->last_attempt->end) return false;
  if (finished.attempt > known &&
      !store.resume(finished.number, finished.attempt, finished.started)) {
    return false;
  }
  return store.finish(finished, now, jitter);
}

bool adopt(Store& store, const AttemptRecord& record) {
  const std::optional<Job> job = store.find(record.number);
  if (!job) return false;
  const std::uint32_t known = last_known_attempt(*job);
  if (record.attempt > known) return store.resume(record.number, record.attempt, record.started);
  return record.attempt == known && !job->last_attempt->end && job->state == JobState::active;
}

Finished finished_from(const LostAttempt& lost, const Store& store, WallTime now) {
  Finished finished{.number = lost.number,
                    .attempt = lost.attempt,
                    .end = {EndKind::lost, 0},
                    .use = {},
                    .pid = lost.pid,
                    .started = lost.started,
                    .ended = now,
                    .log = {},
                    .log_path = {}};
  const std::optional<Job> job = store.find(lost.number);
  if (!job || job->has_log_file) return finished;
  if (!lost.capture_path.empty()) {
    finished.log_path = lost.capture_path;
    append_log_tail(lost.capture_path, finished.end);
  } else {
    finished.log =
        log_so_far(store, lost.number) + log_tail(finished.end, std::chrono::nanoseconds(0));
  }
  return finished;
}

}  // namespace bobbin
