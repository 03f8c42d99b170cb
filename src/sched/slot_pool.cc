// SPDX-License-Identifier: Apache-2.0
#include "sched/slot_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fail.h"
#include "sched/job_environment.h"

namespace bobbin {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr nanoseconds kFirstPause = seconds(1);
constexpr nanoseconds kLongestPause = seconds(60);

std::uint64_t number_of(JobNumber number) { return static_cast<std::uint64_t>(number); }

template <typename... Kinds>
struct Overloaded : Kinds... {
  using Kinds::operator()...;
};
template <typename... Kinds>
Overloaded(Kinds...) -> Overloaded<Kinds...>;

}  // namespace

SlotPool::SlotPool(Store& store, Sleeper& sleeper, Recorder& recorder,
                   const SchedulerOptions& options, const Log& log)
    : store_(store), sleeper_(sleeper), recorder_(recorder), options_(options), log_(log) {}

void SlotPool::use(const Config& config) {
  const bool is_new_setup = setup_number_ == 0 || config.directory != config_.directory ||
                            config.environment != config_.environment ||
                            config.clean_environment != config_.clean_environment;
  config_ = config;
  if (!is_new_setup) return;
  ++setup_number_;
  setup_ = {.program = options_.slot_program,
            .slots_directory = options_.slots_directory,
            .environment = job_environment(options_.environment, config),
            .queue = options_.queue,
            .directory = config.directory,
            .run_as_submitter = options_.run_as_submitter,
            .sandbox = options_.sandbox};
}

SlotPool::Counts SlotPool::counts() const {
  Counts counts;
  const bool is_paused = !may_start(std::chrono::steady_clock::now());
  for (const auto& [id, slot] : slots_) {
    if (slot.job) {
      ++counts.running;
    } else if (slot.is_dead) {
      continue;
    } else if (slot.setup != setup_number_) {
      ++counts.stale;
    } else if (slot.process.can_run() && !is_paused) {
      ++counts.idle;
    } else {
      ++counts.full;
    }
  }
  return counts;
}

void SlotPool::pause(SteadyTime now) {
  if (now < pause_until_) return;
  pause_length_ = std::clamp(2 * pause_length_, kFirstPause, kLongestPause);
  pause_until_ = now + pause_length_;
}

bool SlotPool::start(SteadyTime now) {
  // Never tried again: files of that number may be in the way.
  const unsigned id = ++last_id_;
  try {
    SlotProcess process(setup_, id);
    sleeper_.watch(process.fd(), id);
    slots_.emplace(id, Slot{.process = std::move(process), .setup = setup_number_});
    return true;
  } catch (const std::exception& error) {
    pause(now);
    log_.error("{}; the next try is in {} s", error.what(),
               std::chrono::ceil<seconds>(pause_length_).count());
    return false;
  }
}

void SlotPool::run(Claim claim, WallTime wall, Jitter& jitter) {
  const auto free = std::find_if(slots_.begin(), slots_.end(), [&](const auto& entry) {
    const Slot& slot = entry.second;
    return !slot.job && !slot.is_dead && slot.setup == setup_number_ && slot.process.can_run();
  });
  if (free == slots_.end() || !may_start(std::chrono::steady_clock::now())) {
    store_.give_back(claim.number, claim.attempt, wall);
    return;
  }
  const RunningJob running{.number = claim.number, .attempt = claim.attempt, .started = wall};
  SlotJob job{.number = claim.number,
              .attempt = claim.attempt,
              .name = std::move(claim.name),
              .uid = claim.uid,
              .gid = claim.gid,
              .content = std::move(claim.content),
              .content_file = std::move(claim.content_file),
              .log = std::move(claim.log),
              .log_file = std::move(claim.log_file),
              .timeout = config_.timeout,
              .grace = config_.stop_grace,
              .max_output = config_.max_output};
  try {
    free->second.process.run(std::move(job));
    free->second.job = running;
  } catch (const Error& error) {
    could_not_run(free->second, running, error, wall, jitter);
  }
}

void SlotPool::could_not_run(Slot& slot, const RunningJob& job, const Error& error, WallTime wall,
                             Jitter& jitter) {
  const int reason = error.system_errno();
  if (reason == EPIPE || reason == ECONNRESET) {
    log_.info("{}; job {} waits for another", error.what(), number_of(job.number));
    slot.is_dead = true;  // its last word is still to be received
    store_.give_back(job.number, job.attempt, wall);
    return;
  }
  log_.error("job {}: {}", number_of(job.number), error.what());
  if (error.code() == ErrorCode::no_space || error.code() == ErrorCode::io) {
    // Ours, not the job's: a full disk, no descriptors left. Nothing starts for a while.
    pause(std::chrono::steady_clock::now());
    store_.give_back(job.number, job.attempt, wall);
    return;
  }
  Finished finished =
      finished_from({.number = job.number, .attempt = job.attempt, .started = wall}, store_, wall);
  finished.end = {EndKind::could_not_start, reason};
  store_.finish(finished, wall, jitter());
}

// A stale one that may not be ended yet is one of the count all the same: in its place none of
// those is ended that are to be used.
void SlotPool::stop(std::size_t count) {
  for (const bool stale : {true, false}) {
    for (auto at = slots_.begin(); at != slots_.end() && count > 0;) {
      const auto here = at++;
      const Slot& slot = here->second;
      if (slot.job || slot.is_dead || (slot.setup != setup_number_) != stale) continue;
      if (stale || slot.is_safe()) --count;
      if (slot.is_safe()) end(here);
    }
  }
}

void SlotPool::end(Slots::iterator at) {
  sleeper_.unwatch(at->second.process.fd());
  slots_.erase(at);
}

SlotPool::Slot* SlotPool::slot_of(JobNumber number, std::uint32_t attempt) {
  for (auto& [id, slot] : slots_) {
    if (slot.job && slot.job->number == number && slot.job->attempt == attempt) return &slot;
  }
  return nullptr;
}

bool SlotPool::kill(JobNumber number, std::uint32_t attempt, AttemptEnd reason) {
  Slot* slot = slot_of(number, attempt);
  if (slot == nullptr) return false;
  slot->process.kill(number, attempt, reason);
  return true;
}

void SlotPool::kill_all(AttemptEnd reason) {
  for (auto& [id, slot] : slots_) {
    if (slot.job) slot.process.kill(slot.job->number, slot.job->attempt, reason);
  }
}

void SlotPool::receive(unsigned id, SteadyTime now, WallTime wall, Jitter& jitter) {
  const auto at = slots_.find(id);
  if (at == slots_.end()) return;
  Slot& slot = at->second;
  // One that has told the end of its job has nothing more to say.
  for (bool more = true; more;) {
    std::optional<SlotEvent> event = slot.process.receive();
    if (!event) return;
    std::visit(Overloaded{[&](const SlotStarted& started) { on_started(slot, started); },
                          [&](SlotEnded& ended) {
                            on_ended(id, slot, ended, wall, jitter);
                            more = false;
                          },
                          [&](const SlotDied& died) {
                            on_died(at, died, now, wall, jitter);
                            more = false;
                          }},
               *event);
  }
}

void SlotPool::on_started(Slot& slot, const SlotStarted& started) {
  if (!slot.job || slot.job->number != started.number || slot.job->attempt != started.attempt)
    return;
  slot.job->pid = started.pid;
  store_.began(started.number, started.attempt, started.pid, slot.process.log());
}

void SlotPool::on_ended(unsigned id, Slot& slot, SlotEnded& ended, WallTime wall, Jitter& jitter) {
  pause_length_ = nanoseconds(0);
  note_end(id, slot, finished_from(ended.record, ended.log_path), wall, jitter);
}

// One line an attempt, words with values: successes for who asks for them only.
void SlotPool::log_end(const Finished& finished) const {
  const LogLevel level = succeeded(finished.end) ? LogLevel::debug : LogLevel::info;
  if (!log_.shows(level)) return;
  const std::optional<Job> job = store_.find(finished.number);
  log_.write(level, fmt::format("attempt ended job={} attempt={} end=\"{}\" seconds={:.3f}",
                                job ? shown(job->name) : "(removed)", finished.attempt,
                                describe(finished.end, config_.timeout),
                                std::chrono::duration<double>(finished.use.wall).count()));
}

void SlotPool::note_end(unsigned id, Slot& slot, const Finished& finished, WallTime wall,
                        Jitter& jitter) {
  slot.job.reset();
  slot.ended = slot.process.last_sequence();
  log_end(finished);
  store_.finish(finished, wall, jitter());
  recorder_.note(id, slot.ended);
}

void SlotPool::on_died(Slots::iterator at, const SlotDied& died, SteadyTime now, WallTime wall,
                       Jitter& jitter) {
  auto& [id, slot] = *at;
  slot.is_dead = true;
  sleeper_.unwatch(slot.process.fd());
  // It was never of use: the next one may not be either.
  if (slot.ended == 0 && (!slot.job || slot.job->pid == 0)) pause(now);
  if (slot.job) {
    const RunningJob job = *slot.job;
    log_.warn("the slot of job {} (process {}) has died: attempt {} is lost", number_of(job.number),
              slot.process.pid(), job.attempt);
    slot.process.sweep(pids());
    const LostAttempt lost{.number = job.number,
                           .attempt = job.attempt,
                           .pid = job.pid,
                           .started = job.started,
                           // Before the start the file has another job's log.
                           .capture_path = job.pid != 0 ? died.log_path : std::string()};
    note_end(id, slot, finished_from(lost, store_, wall), wall, jitter);
  } else {
    log_.warn("a slot without a job (process {}) has ended", slot.process.pid());
    if (slot.is_safe()) end(at);
  }
}

void SlotPool::recorded(unsigned id, std::uint64_t sequence) {
  const auto at = slots_.find(id);
  if (at == slots_.end()) return;
  Slot& slot = at->second;
  slot.safe = sequence;
  slot.process.recorded(sequence);
  if (slot.is_dead && slot.is_safe()) end(at);
}

// Of slots that live.
std::vector<pid_t> SlotPool::pids() const {
  std::vector<pid_t> all;
  for (const auto& [id, slot] : slots_)
    if (!slot.is_dead) all.push_back(slot.process.pid());
  return all;
}

std::optional<SteadyTime> SlotPool::look_again_at(SteadyTime now) const {
  if (now < pause_until_) return pause_until_;
  return std::nullopt;
}

}  // namespace bobbin
