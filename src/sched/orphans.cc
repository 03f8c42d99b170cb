// SPDX-License-Identifier: Apache-2.0
#include "sched/orphans.h"

#include <bobbin/error.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

namespace bobbin {
namespace {

// What can't be read is not shown; the job runs all the same.
std::shared_ptr<const Fd> capture_or_none(const OrphanSlot& slot) {
  try {
    return slot.capture();
  } catch (const Error&) {
    return nullptr;
  }
}

std::string capture_of(const OrphanSlot& slot, const AttemptRecord& record, bool is_newest) {
  const std::string path = slot.capture_path();
  if (record.end && record.log_place == LogPlace::in_capture)
    return is_newest ? path : path + ".taken";
  return is_newest && ::access(path.c_str(), F_OK) == 0 ? path : std::string();
}

}  // namespace

Orphans::Orphans(Store& store, Sleeper& sleeper, Recorder& recorder, std::string queue,
                 const Log& log)
    : store_(store), sleeper_(sleeper), recorder_(recorder), queue_(std::move(queue)), log_(log) {}

unsigned Orphans::recover(const std::string& slots_directory, WallTime wall, Jitter& jitter) {
  struct Entry {
    Orphan* orphan;
    AttemptRecord record;
    bool is_newest;
  };
  for (OrphanSlot& slot : find_orphan_slots(slots_directory)) {
    const unsigned id = slot.id();
    orphans_.emplace(id, Orphan{.slot = std::move(slot)});
  }
  std::vector<Entry> entries;
  for (auto& [id, orphan] : orphans_) {
    std::vector<AttemptRecord> records = orphan.slot.records();
    for (AttemptRecord& record : records)
      entries.push_back({&orphan, std::move(record), &record == &records.back()});
  }
  const auto order = [](const Entry& entry) {
    return std::tuple(entry.record.number, entry.record.attempt);
  };
  std::sort(entries.begin(), entries.end(),
            [&](const Entry& a, const Entry& b) { return order(a) < order(b); });

  Tally tally;
  for (const Entry& entry : entries) {
    Orphan& orphan = *entry.orphan;
    if (!entry.record.end && entry.is_newest && orphan.slot.is_alive()) {
      take_over(orphan, entry.record);
    } else if (tell(orphan, entry.record, entry.is_newest, wall, jitter)) {
      ++(entry.record.end ? tally.ended : tally.lost);
    }
  }
  for (auto& [id, orphan] : orphans_) {
    if (orphan.is_running) ++tally.running;
    if (orphan.slot.is_alive()) {
      sleeper_.watch(orphan.slot.fd(), kOrphanKey | id);
    } else {
      recorder_.note(id, std::numeric_limits<std::uint64_t>::max());
    }
  }
  finish_unknown(wall, jitter, tally);
  if (tally.ended + tally.lost + tally.running > 0) {
    log_.info("left by the last run: {} jobs that have ended since, {} that are lost, {} that run",
              tally.ended, tally.lost, tally.running);
  }
  return orphans_.empty() ? 0 : orphans_.rbegin()->first;
}

void Orphans::take_over(Orphan& orphan, const AttemptRecord& record) {
  orphan.number = record.number;
  orphan.attempt = record.attempt;
  orphan.started = record.started;
  orphan.is_running = true;
  if (adopt(store_, record)) {
    const std::optional<Job> job = store_.find(record.number);
    std::shared_ptr<const Fd> log;
    if (job && !job->has_log_file) log = capture_or_none(orphan.slot);
    store_.began(record.number, record.attempt, record.pid, std::move(log));
    return;
  }
  log_.info("ending attempt {} of job {}: the queue has changed it meanwhile", record.attempt,
            static_cast<std::uint64_t>(record.number));
  orphan.slot.kill();
}

bool Orphans::tell(Orphan& orphan, const AttemptRecord& record, bool is_newest, WallTime wall,
                   Jitter& jitter) {
  if (!record.end && is_newest) {
    const std::optional<Job> job = store_.find(record.number);
    orphan.slot.sweep(job ? job->name : std::string(), queue_);
  }
  // The capture file has the log of the newest record only. An older one's was taken from there by
  // the store: of a path where nothing is, it takes that.
  const std::string capture = capture_of(orphan.slot, record, is_newest);
  Finished finished = record.end ? finished_from(record, capture)
                                 : finished_from({.number = record.number,
                                                  .attempt = record.attempt,
                                                  .pid = record.pid,
                                                  .started = record.started,
                                                  .capture_path = capture},
                                                 store_, wall);
  finished.log_may_be_taken = true;
  // It knows of one reason to be ended only.
  if (orphan.killed_for && finished.end.kind == EndKind::shut_down)
    finished.end = *orphan.killed_for;
  return account_for(store_, finished, wall, jitter());
}

// Active attempts that no slot has written down. Slots write before they begin, so these never
// began, unless the machine was down meanwhile.
void Orphans::finish_unknown(WallTime wall, Jitter& jitter, Tally& tally) {
  const bool never_began = std::any_of(orphans_.begin(), orphans_.end(), [](const auto& entry) {
    return entry.second.slot.is_of_this_boot();
  });
  for (const Job& job : store_.running()) {
    if (is_running(job) || !job.last_attempt) continue;
    if (never_began) {
      store_.give_back(job.number, job.last_attempt->number, wall);
      continue;
    }
    const LostAttempt lost{.number = job.number,
                           .attempt = job.last_attempt->number,
                           .pid = job.last_attempt->pid,
                           .started = job.last_attempt->started};
    if (store_.finish(finished_from(lost, store_, wall), wall, jitter())) ++tally.lost;
  }
}

bool Orphans::is_running(const Job& job) const {
  return std::any_of(orphans_.begin(), orphans_.end(), [&](const auto& entry) {
    const Orphan& orphan = entry.second;
    return orphan.is_running && orphan.number == job.number && job.last_attempt &&
           orphan.attempt == job.last_attempt->number;
  });
}

std::size_t Orphans::running() const noexcept {
  return static_cast<std::size_t>(std::count_if(
      orphans_.begin(), orphans_.end(), [](const auto& entry) { return entry.second.is_running; }));
}

bool Orphans::kill(JobNumber number, std::uint32_t attempt, AttemptEnd reason) {
  for (auto& [id, orphan] : orphans_) {
    if (!orphan.is_running || orphan.number != number || orphan.attempt != attempt) continue;
    orphan.killed_for = reason;
    orphan.slot.kill();
    return true;
  }
  return false;
}

void Orphans::kill_all(AttemptEnd reason) {
  for (auto& [id, orphan] : orphans_) {
    if (!orphan.is_running) continue;
    if (!orphan.killed_for) orphan.killed_for = reason;
    orphan.slot.kill();
  }
}

void Orphans::receive(unsigned id, WallTime wall, Jitter& jitter) {
  const auto at = orphans_.find(id);
  if (at == orphans_.end()) return;
  Orphan& orphan = at->second;
  sleeper_.unwatch(orphan.slot.fd());
  if (orphan.is_running) {
    const std::vector<AttemptRecord> records = orphan.slot.records();
    for (const AttemptRecord& record : records)
      tell(orphan, record, &record == &records.back(), wall, jitter);
    orphan.is_running = false;
    // If its records can't be read, this is news.
    const LostAttempt lost{
        .number = orphan.number, .attempt = orphan.attempt, .started = orphan.started};
    account_for(store_, finished_from(lost, store_, wall), wall, jitter());
  }
  recorder_.note(id, std::numeric_limits<std::uint64_t>::max());
}

void Orphans::recorded(unsigned id) {
  const auto at = orphans_.find(id);
  if (at == orphans_.end()) return;
  try {
    at->second.slot.forget();
  } catch (const Error& error) {
    log_.warn("{}", error.what());
  }
  orphans_.erase(at);
}

}  // namespace bobbin
