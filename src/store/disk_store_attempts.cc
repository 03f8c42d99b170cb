// SPDX-License-Identifier: Apache-2.0
// Running: claims, ends of attempts, and where logs are meanwhile.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fail.h"
#include "base/io.h"
#include "jobs/shortage.h"
#include "store/disk_store.h"

namespace bobbin {
namespace {

std::uint64_t size_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) fail_errno(errno, "cannot look at a log");
  return static_cast<std::uint64_t>(status.st_size);
}

History& history_of(Entry& entry) {
  if (entry.history == nullptr) entry.history = std::make_unique<History>();
  return *entry.history;
}

}  // namespace

// The files are opened without the lock: the job is ours now, and if a user removes it meanwhile
// its kill follows the claim.
std::vector<Claim> DiskStore::claim(std::size_t limit, WallTime now) {
  struct Taken {
    Claim claim;
    LogPlace log;
    std::uint64_t content_file = 0;
  };
  std::vector<Taken> taken;
  {
    const std::lock_guard lock(mutex_);
    while (taken.size() < limit) {
      Entry* entry = table_.best_due(now);
      if (entry == nullptr) break;
      History& history = history_of(*entry);
      update(*entry, [&] {
        history.running = history.last.number + 1;
        history.pid = 0;
        history.started = now;
        entry->state = JobState::active;
        entry->changed = now;
      });
      touch(JobState::pending, now);
      touch(JobState::active, now);
      report(now, *entry, JobState::pending, JobState::active);
      Taken& job = taken.emplace_back();
      job.claim.number = entry->number;
      job.claim.attempt = history.running;
      job.claim.name = entry->name;
      job.claim.uid = entry->uid;
      job.claim.gid = entry->gid;
      job.claim.content = entry->content;
      job.content_file = entry->content_file;
      job.log = *log_place(entry->number);
    }
  }
  std::vector<Claim> claims;
  for (Taken& job : taken) {
    try {
      fill(job.claim, job.log, job.content_file);
      claims.push_back(std::move(job.claim));
    } catch (const Error& error) {
      log_.error("job {} cannot start: {}", shown(job.claim.name), error.what());
      Finished failed;
      failed.number = job.claim.number;
      failed.attempt = job.claim.attempt;
      failed.end = {.kind = EndKind::could_not_start, .value = error.system_errno()};
      failed.started = failed.ended = now;
      // In a file it stays as it is.
      if (!job.log.in_file) failed.log = fmt::format("[System Error]: {}\n", error.what());
      if (job.log.in_memory) failed.log.insert(0, *job.log.in_memory);
      if (is_shortage(error.system_errno())) failed.end = {.kind = EndKind::lost, .value = 0};
      finish(failed, now, 0);
    }
  }
  return claims;
}

void DiskStore::fill(Claim& claim, const LogPlace& log, std::uint64_t content_file) const {
  if (content_file != 0) claim.content_file = directory_.read_content(content_file);
  if (log.in_file)
    claim.log_file = directory_.open_log(claim.number, LogFileUse::append);
  else if (log.in_memory)
    claim.log = *log.in_memory;
  else if (log.size != 0)
    claim.log = log_reader_.read(claim.number);
}

void DiskStore::began(JobNumber number, std::uint32_t attempt, pid_t pid,
                      std::shared_ptr<const Fd> log) {
  const std::lock_guard lock(mutex_);
  Entry* entry = table_.find(number);
  if (entry == nullptr || attempt == 0 || entry->running() != attempt) return;
  entry->history->pid = pid;
  entry->history->running_log = std::move(log);
  mark(*entry);
}

bool DiskStore::finish(const Finished& finished, WallTime now, double jitter) {
  std::unique_lock lock(mutex_);
  Entry* entry = table_.find(finished.number);
  if (entry == nullptr || finished.attempt == 0 || entry->running() != finished.attempt) {
    lock.unlock();
    if (!finished.log_path.empty()) ::unlink(finished.log_path.c_str());
    return false;
  }
  const JobState from = entry->state;
  const Next next = after_attempt(job_of(*entry), finished.end, config_, now, jitter);
  take_log(*entry, finished);
  History& history = *entry->history;
  update(*entry, [&] {
    history.last = {.number = finished.attempt,
                    .pid = finished.pid,
                    .started = finished.started,
                    .ended = finished.ended,
                    .end = finished.end,
                    .use = finished.use};
    history.running = 0;
    history.pid = 0;
    history.started = {};
    history.running_log.reset();
    entry->changed = now;
    if (from != JobState::active) return;  // set aside by a user: this was only awaited
    entry->state = next.state;
    entry->next_start = next.next_start;
    entry->failures = next.failures;
    entry->lost_in_row = next.lost_in_row;
    if (next.state != JobState::pending) entry->modified = finished.ended;
  });
  ++ended_.attempts_ended;
  if (!succeeded(finished.end)) ++ended_.attempts_failed;
  if (from == JobState::active && next.state == JobState::pending) ++ended_.retries;
  if (entry->state != from) {
    touch(from, now);
    touch(entry->state, now);
  }
  report(now, *entry, from, entry->state, finished.end);
  return true;
}

// A log that can't be had is no reason to forget how the job ended.
void DiskStore::take_log(Entry& entry, const Finished& finished) {
  History& history = *entry.history;
  try {
    if (!finished.log_path.empty()) {
      history.log_size =
          directory_.adopt_log(entry.number, finished.log_path, finished.log_may_be_taken);
      history.log_in_file = true;
      history.unsaved_log.reset();
    } else if (!finished.log.empty() || !history.log_in_file) {
      if (history.log_in_file) directory_.remove_log(entry.number);
      history.log_size = finished.log.size();
      history.unsaved_log = finished.log;
      history.log_in_file = false;
    } else {
      history.log_size = size_of(directory_.open_log(entry.number, LogFileUse::read).get());
    }
  } catch (const Error& error) {
    log_.error("the log of job {} is lost: {}", shown(entry.name), error.what());
  }
}

void DiskStore::give_back(JobNumber number, std::uint32_t attempt, WallTime now) {
  const std::lock_guard lock(mutex_);
  Entry* entry = table_.find(number);
  if (entry == nullptr || attempt == 0 || entry->running() != attempt) return;
  const JobState from = entry->state;
  // The next attempt has the same number.
  std::erase_if(kills_, [&](const Kill& kill) { return kill.number == number; });
  update(*entry, [&] {
    entry->history->running = 0;
    entry->history->pid = 0;
    entry->history->started = {};
    entry->history->running_log.reset();
    entry->changed = now;
    if (from == JobState::active) entry->state = JobState::pending;
  });
  if (from != JobState::active) return;
  touch(JobState::active, now);
  touch(JobState::pending, now);
  report(now, *entry, JobState::active, JobState::pending);
}

bool DiskStore::resume(JobNumber number, std::uint32_t attempt, WallTime started) {
  const std::lock_guard lock(mutex_);
  Entry* entry = table_.find(number);
  if (entry == nullptr || attempt == 0) return false;
  if (entry->running() == attempt) return true;
  History& history = history_of(*entry);
  if (history.running > attempt || history.last.number >= attempt) return false;
  const JobState from = entry->state;
  update(*entry, [&] {
    history.running = attempt;
    history.pid = 0;
    history.started = started;
    entry->state = JobState::active;
  });
  if (from != JobState::active) report(started, *entry, from, JobState::active);
  return true;
}

std::vector<Job> DiskStore::running() const {
  const std::lock_guard lock(mutex_);
  std::vector<Job> jobs;
  for (auto at = table_.running().begin(); at; ++at) jobs.push_back(job_of(**at));
  return jobs;
}

std::vector<Kill> DiskStore::take_kills() {
  const std::lock_guard lock(mutex_);
  return std::exchange(kills_, {});
}

// ---- logs

bool DiskStore::LogPlace::is_same(const LogPlace& other) const {
  return running == other.running && in_file == other.in_file && attempt == other.attempt;
}

std::optional<DiskStore::LogPlace> DiskStore::log_place(JobNumber number) const {
  const Entry* entry = table_.find(number);
  if (entry == nullptr) return std::nullopt;
  LogPlace place;
  place.modified = entry->modified;
  if (const History* history = entry->history.get(); history != nullptr) {
    place.running = history->running_log;
    place.in_file = history->log_in_file;
    place.in_memory = history->unsaved_log;
    place.size = history->log_size;
    place.attempt = history->last.number;
    if (place.attempt != 0) place.modified = history->last.ended;
  }
  return place;
}

// What is read without the lock is the job's only if the log is still in that place afterwards: the
// file of a running one becomes another job's, once this one has ended.
std::optional<std::string> DiskStore::read_log(JobNumber number, std::uint64_t offset,
                                               std::size_t size) const {
  for (;;) {
    std::optional<LogPlace> place;
    {
      const std::lock_guard lock(mutex_);
      place = log_place(number);
    }
    if (!place) return std::nullopt;
    std::string bytes;
    std::exception_ptr error;
    try {
      if (place->running || place->in_file) {
        const Fd file = place->running ? Fd() : directory_.open_log(number, LogFileUse::read);
        bytes.resize(size);
        bytes.resize(pread_full(place->running ? place->running->get() : file.get(), bytes.data(),
                                size, offset, "a log"));
      } else if (place->size > offset) {
        const std::string log = place->in_memory ? *place->in_memory : log_reader_.read(number);
        if (offset < log.size()) bytes = log.substr(offset, size);
      }
    } catch (const Error&) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    const auto now = log_place(number);
    if (!now) return std::nullopt;
    if (!now->is_same(*place)) continue;
    if (error) std::rethrow_exception(error);
    return bytes;
  }
}

std::optional<LogStat> DiskStore::stat_log(JobNumber number) const {
  const std::lock_guard lock(mutex_);
  const auto place = log_place(number);
  if (!place) return std::nullopt;
  LogStat result{.size = place->size, .modified = place->modified};
  struct stat status {};
  if (place->running && ::fstat(place->running->get(), &status) == 0) {
    result.size = static_cast<std::uint64_t>(status.st_size);
    result.modified = WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                               std::chrono::nanoseconds(status.st_mtim.tv_nsec));
  }
  return result;
}

}  // namespace bobbin
