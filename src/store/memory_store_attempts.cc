// SPDX-License-Identifier: Apache-2.0
// The memory store: what is looked at, and running.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/fail.h"
#include "base/io.h"
#include "store/memory_model.h"

namespace bobbin {
namespace {

constexpr std::size_t kLogLimit = 64 << 20;

std::string part(const std::string& text, std::uint64_t offset, std::size_t size) {
  return offset < text.size() ? text.substr(offset, size) : std::string();
}

}  // namespace

Config MemoryStore::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

void MemoryStore::set_config(const Config& config) {
  const std::lock_guard lock(mutex_);
  config_ = config;
  wake_.wake();
}

std::optional<Job> MemoryStore::find(JobNumber number) const {
  const std::lock_guard lock(mutex_);
  const auto found = items_.find(number);
  return found != items_.end() ? std::optional(found->second.job) : std::nullopt;
}

std::optional<Job> MemoryStore::find_named(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, item] : items_) {
    if (item.job.name == name) return item.job;
  }
  return std::nullopt;
}

NodeAttributes MemoryStore::attributes(FixedNode node) const {
  const std::lock_guard lock(mutex_);
  return nodes_[static_cast<std::size_t>(node)];
}

std::optional<std::string> MemoryStore::read_content(JobNumber number, std::uint64_t offset,
                                                     std::size_t size) const {
  const std::lock_guard lock(mutex_);
  const auto found = items_.find(number);
  if (found == items_.end()) return std::nullopt;
  return part(found->second.content, offset, size);
}

std::vector<Kill> MemoryStore::take_kills() {
  const std::lock_guard lock(mutex_);
  return std::exchange(kills_, {});
}

std::uint64_t MemoryStore::count(JobState state) const {
  return static_cast<std::uint64_t>(
      std::count_if(items_.begin(), items_.end(),
                    [&](const auto& entry) { return entry.second.job.state == state; }));
}

Counts MemoryStore::counts(WallTime now) const {
  const std::lock_guard lock(mutex_);
  Counts counts = ended_;
  for (const JobState state : kJobStates)
    counts.jobs[static_cast<std::size_t>(state)] = count(state);
  for (const auto& [number, item] : items_) {
    if (!is_startable(item.job)) continue;
    ++counts.waiting;
    if (item.waits_since() <= now)
      counts.oldest_waiting =
          std::min(counts.oldest_waiting.value_or(item.waits_since()), item.waits_since());
  }
  return counts;
}

std::vector<Job> MemoryStore::list(JobState state, JobNumber after, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Job> jobs;
  for (const auto& [number, item] : items_) {
    if (number > after && item.job.state == state && jobs.size() < limit) jobs.push_back(item.job);
  }
  return jobs;
}

std::optional<std::string> MemoryStore::read_log(JobNumber number, std::uint64_t offset,
                                                 std::size_t size) const {
  const std::lock_guard lock(mutex_);
  const auto item = items_.find(number);
  if (item == items_.end()) return std::nullopt;
  if (!item->second.running_log) return part(item->second.log, offset, size);
  std::string bytes(size, '\0');
  bytes.resize(
      pread_full(item->second.running_log->get(), bytes.data(), bytes.size(), offset, "a log"));
  return bytes;
}

std::optional<LogStat> MemoryStore::stat_log(JobNumber number) const {
  const std::lock_guard lock(mutex_);
  const auto found = items_.find(number);
  if (found == items_.end()) return std::nullopt;
  const Item& item = found->second;
  LogStat result{item.log.size(), item.job.modified};
  const auto& ended = item.runs() ? item.before : item.job.last_attempt;
  if (ended) result.modified = ended->ended;
  struct stat status {};
  if (item.running_log && ::fstat(item.running_log->get(), &status) == 0) {
    result.size = static_cast<std::uint64_t>(status.st_size);
    result.modified = WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                               std::chrono::nanoseconds(status.st_mtim.tv_nsec));
  }
  return result;
}

std::vector<Claim> MemoryStore::claim(std::size_t limit, WallTime now) {
  const std::lock_guard lock(mutex_);
  std::vector<Claim> claims;
  while (claims.size() < limit) {
    Item* best = nullptr;
    for (auto& [number, item] : items_) {
      if (!is_startable(item.job) || item.waits_since() > now) continue;
      const auto rank = [](const Item& i) {
        return std::pair(-std::int64_t{i.job.priority}, i.job.order);
      };
      if (best == nullptr || rank(item) < rank(*best)) best = &item;
    }
    if (best == nullptr) break;
    Job& job = best->job;
    best->before = job.last_attempt;
    job.last_attempt.emplace();
    job.last_attempt->number = best->before ? best->before->number + 1 : 1;
    job.last_attempt->started = now;
    job.state = JobState::active;
    job.changed = now;
    touch(JobState::pending, now);
    touch(JobState::active, now);
    report(now, *best, JobState::pending, JobState::active);
    Claim& claim = claims.emplace_back();
    claim.number = job.number;
    claim.attempt = job.last_attempt->number;
    claim.name = job.name;
    claim.uid = job.uid;
    claim.gid = job.gid;
    claim.content = best->content;
    claim.log = best->log;
  }
  return claims;
}

std::optional<WallTime> MemoryStore::next_due() const {
  const std::lock_guard lock(mutex_);
  std::optional<WallTime> next;
  for (const auto& [number, item] : items_) {
    if (is_startable(item.job))
      next = std::min(next.value_or(item.waits_since()), item.waits_since());
  }
  return next;
}

void MemoryStore::began(JobNumber number, std::uint32_t attempt, pid_t pid,
                        std::shared_ptr<const Fd> log) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr || !item->runs(attempt)) return;
  item->job.last_attempt->pid = pid;
  item->running_log = std::move(log);
}

bool MemoryStore::finish(const Finished& finished, WallTime now, double jitter) {
  std::string log = finished.log;
  if (!finished.log_path.empty()) {
    if (const Fd file = try_open_at(AT_FDCWD, finished.log_path, O_RDONLY); file.is_open())
      log = read_small(file.get(), kLogLimit, shown(finished.log_path)).value_or("");
    ::unlink(finished.log_path.c_str());
  }
  const std::lock_guard lock(mutex_);
  Item* item = this->item(finished.number);
  if (item == nullptr || !item->runs(finished.attempt)) return false;
  Job& job = item->job;
  const Next next = after_attempt(job, finished.end, config_, now, jitter);
  const JobState from = job.state;
  job.last_attempt = {finished.attempt, finished.pid, finished.started,
                      finished.ended,   finished.end, finished.use};
  item->before.reset();
  item->running_log.reset();
  item->log = std::move(log);
  job.log_size = item->log.size();
  job.changed = now;
  ++ended_.attempts_ended;
  if (!succeeded(finished.end)) ++ended_.attempts_failed;
  if (from == JobState::active) {
    job.state = next.state;
    job.next_start = next.next_start;
    job.failures = next.failures;
    job.lost_in_row = next.lost_in_row;
    if (next.state == JobState::pending)
      ++ended_.retries;
    else
      job.modified = finished.ended;
    touch(from, now);
    touch(next.state, now);
  }
  report(now, *item, from, job.state, finished.end);
  wake_.wake();
  return true;
}

void MemoryStore::give_back(JobNumber number, std::uint32_t attempt, WallTime now) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr || !item->runs(attempt)) return;
  std::erase_if(kills_, [&](const Kill& kill) { return kill.number == number; });
  item->job.last_attempt = std::exchange(item->before, std::nullopt);
  item->running_log.reset();
  item->job.changed = now;
  if (item->job.state != JobState::active) return;
  item->job.state = JobState::pending;
  touch(JobState::active, now);
  touch(JobState::pending, now);
  report(now, *item, JobState::active, JobState::pending);
}

bool MemoryStore::resume(JobNumber number, std::uint32_t attempt, WallTime started) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr || attempt == 0) return false;
  if (item->runs(attempt)) return true;
  Job& job = item->job;
  if (job.last_attempt && job.last_attempt->number >= attempt) return false;
  if (!item->runs()) item->before = job.last_attempt;
  job.last_attempt.emplace();
  job.last_attempt->number = attempt;
  job.last_attempt->started = started;
  const JobState from = std::exchange(job.state, JobState::active);
  if (from != JobState::active) report(started, *item, from, JobState::active);
  return true;
}

std::vector<Job> MemoryStore::running() const {
  const std::lock_guard lock(mutex_);
  std::vector<Job> jobs;
  for (const JobState state : kJobStates) {
    for (const auto& [number, item] : items_) {
      if (item.runs() && item.job.state == state) jobs.push_back(item.job);
    }
  }
  return jobs;
}

std::optional<WallTime> MemoryStore::retire(WallTime now) {
  const std::lock_guard lock(mutex_);
  std::optional<WallTime> next;
  for (const JobState state : {JobState::complete, JobState::failed}) {
    const auto keep = state == JobState::complete ? config_.retain_complete : config_.retain_failed;
    if (keep <= Config::Seconds(0)) continue;
    for (auto at = items_.begin(); at != items_.end();) {
      Item& item = (at++)->second;
      if (item.job.state != state) continue;
      const WallTime end = item.job.changed + keep;
      if (end <= now)
        forget(item, 0, now);
      else
        next = std::min(next.value_or(end), end);
    }
  }
  return next;
}

}  // namespace bobbin
