// SPDX-License-Identifier: Apache-2.0
// What users do to jobs that are there: removing, moving, changing them; and removing old ones.
#include <algorithm>
#include <utility>

#include "jobs/job_name.h"
#include "store/disk_store.h"

namespace bobbin {
namespace {

// What came back to pending/ by itself, after the kernel looked at who may replace it there, is its
// owner's only.
bool is_replaceable(const Entry& entry, uid_t by) {
  const bool is_new =
      entry.history == nullptr || (entry.history->last.number == 0 && entry.running() == 0);
  return entry.state == JobState::pending && (is_new || by == 0 || by == entry.uid);
}

// So many at a time, as others wait meanwhile.
constexpr std::size_t kRetireAtOnce = 1000;

Operation move_to(JobState state) {
  switch (state) {
    case JobState::pending: return Operation::move_to_pending;
    case JobState::active: return Operation::move_to_active;
    case JobState::failed: return Operation::move_to_failed;
    case JobState::complete: break;
  }
  return Operation::move_to_complete;
}

}  // namespace

void DiskStore::report(WallTime at, const Entry& entry, std::optional<JobState> from,
                       std::optional<JobState> to, std::optional<AttemptEnd> end) const {
  const History* history = entry.history.get();
  std::uint32_t attempt = 0;
  if (history != nullptr) attempt = std::max(history->running, history->last.number);
  observer_.changed({.at = at,
                     .number = entry.number,
                     .name = entry.name,
                     .from = from,
                     .to = to,
                     .attempt = attempt,
                     .end = end});
}

void DiskStore::kill(Entry& entry, KillReason reason, uid_t by) {
  kills_.push_back({entry.number, entry.running(), reason, by});
  wake_.wake();
}

Verdict DiskStore::remove(JobNumber number, uid_t by, WallTime now, std::optional<JobState> from) {
  const std::lock_guard lock(mutex_);
  Entry* entry = table_.find(number);
  if (entry == nullptr || entry->state != from.value_or(entry->state)) return Verdict::no_such_job;
  if (!is_allowed(entry->state, Operation::remove)) return Verdict::not_permitted;
  forget(*entry, by, now);
  return Verdict::done;
}

void DiskStore::forget(Entry& entry, uid_t by, WallTime now) {
  if (entry.state == JobState::active) kill(entry, KillReason::removed, by);
  Gone gone;
  gone.number = entry.number;
  if (entry.draft != nullptr) {
    gone.content_files = std::move(entry.draft->old_files);
    gone.content_files.push_back(entry.draft->accepted_file);
  }
  gone.content_files.push_back(entry.content_file);
  std::erase(gone.content_files, 0u);
  gone.has_log_file = entry.history != nullptr && entry.history->log_in_file;
  gone_.push_back(std::move(gone));
  touch(entry.state, now);
  report(now, entry, entry.state, std::nullopt);
  table_.remove(entry);
}

Verdict DiskStore::rename(JobNumber number, const Rename& rename, WallTime now) {
  const std::lock_guard lock(mutex_);
  Entry* entry = table_.find(number);
  if (entry == nullptr || entry->state != rename.from.value_or(entry->state))
    return Verdict::no_such_job;
  const bool is_in_place = entry->state == rename.to;
  if (!is_allowed(entry->state, is_in_place ? Operation::rename_in_place : move_to(rename.to)))
    return Verdict::not_permitted;
  Entry* other = table_.find(rename.name);
  if (is_in_place && other == entry) return Verdict::done;
  if (other != nullptr && other != entry) {
    const bool may_replace = rename.replace && is_in_place && rename.to == JobState::pending &&
                             is_replaceable(*other, rename.by);
    if (!may_replace) return Verdict::name_taken;
    forget(*other, rename.by, now);
  }
  move(*entry, rename, now);
  return Verdict::done;
}

void DiskStore::move(Entry& entry, const Rename& rename, WallTime now) {
  const JobState from = entry.state;
  const bool was_unfinished = is_unfinished_name(entry.name);
  if (entry.name != rename.name) table_.rename(entry, rename.name);
  if (from == JobState::active && rename.to != from) {
    kill(entry, rename.to == JobState::failed ? KillReason::set_aside : KillReason::rerun,
         rename.by);
  }
  const bool comes_to_run =
      rename.to == JobState::pending && entry.submitted && (from != rename.to || was_unfinished);
  update(entry, [&] {
    entry.state = rename.to;
    entry.changed = now;
    if (!comes_to_run) return;
    entry.order = counters_.next_order++;
    entry.failures = entry.lost_in_row = 0;
    entry.next_start = now;
    if (from != JobState::pending) entry.modified = std::min(entry.modified, now);
  });
  touch(from, now);
  touch(rename.to, now);
  report(now, entry, from, rename.to);
}

Verdict DiskStore::change(JobNumber number, const AttributeChange& change, WallTime now) {
  const std::lock_guard lock(mutex_);
  Entry* entry = table_.find(number);
  if (entry == nullptr) return Verdict::no_such_job;
  update(*entry, [&] {
    if (change.mode) entry->mode = static_cast<std::uint16_t>(*change.mode & 07777);
    if (change.uid) entry->uid = *change.uid;
    if (change.gid) entry->gid = *change.gid;
    if (change.modified) entry->modified = *change.modified;
    entry->changed = now;
  });
  return Verdict::done;
}

Verdict DiskStore::set_priority(JobNumber number, std::int32_t priority, WallTime now) {
  const std::lock_guard lock(mutex_);
  Entry* entry = table_.find(number);
  if (entry == nullptr) return Verdict::no_such_job;
  update(*entry, [&] {
    entry->priority = priority;
    entry->changed = now;
  });
  return Verdict::done;
}

std::optional<WallTime> DiskStore::retire(WallTime now) {
  const std::lock_guard lock(mutex_);
  std::optional<WallTime> next;
  std::size_t count = 0;
  for (const JobState state : {JobState::complete, JobState::failed}) {
    const auto keep = state == JobState::complete ? config_.retain_complete : config_.retain_failed;
    if (keep <= Config::Seconds(0)) continue;
    while (Entry* first = table_.first_ended(state)) {
      const WallTime end = first->changed + keep;
      if (end > now || count == kRetireAtOnce) {
        next = std::min(next.value_or(end), end);
        break;
      }
      forget(*first, 0, now);
      ++count;
    }
  }
  return next;
}

}  // namespace bobbin
