// SPDX-License-Identifier: Apache-2.0
// The slots of this run of filed and the jobs in them. It does what it is told and says how it
// stands; when to start what is plan's business.
//
// A slot is ended only when what it ran is safe in the state: its records would be needed after a
// crash.
//
// Threads: one.
#pragma once

#include <bobbin/error.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/log.h"
#include "jobs/store.h"
#include "sched/account.h"
#include "sched/recorder.h"
#include "sched/scheduler.h"
#include "sched/sleeper.h"
#include "slot/slot_process.h"

namespace bobbin {

class SlotPool {
 public:
  struct Counts {
    std::size_t running = 0;
    std::size_t idle = 0;
    std::size_t full = 0;
    std::size_t stale = 0;
  };

  SlotPool(Store& store, Sleeper& sleeper, Recorder& recorder, const SchedulerOptions& options,
           const Log& log);

  // Before the first slot: the numbers up to this one are taken.
  void begin_after(unsigned last_taken_id) { last_id_ = last_taken_id; }
  // For what starts from now on.
  void use(const Config& config);

  Counts counts() const;
  bool may_start(SteadyTime now) const { return now >= pause_until_; }
  // False if it could not be started; then there is a pause.
  bool start(SteadyTime now);
  void run(Claim claim, WallTime wall, Jitter& jitter);
  // Ends so many idle slots, stale ones first, as far as they may be ended now.
  void stop(std::size_t count);

  // False: no slot of ours runs it.
  bool kill(JobNumber number, std::uint32_t attempt, AttemptEnd reason);
  void kill_all(AttemptEnd reason);

  // What a slot has to say.
  void receive(unsigned id, SteadyTime now, WallTime wall, Jitter& jitter);
  void recorded(unsigned id, std::uint64_t sequence);
  // The end of a pause.
  std::optional<SteadyTime> look_again_at(SteadyTime now) const;

 private:
  struct RunningJob {
    JobNumber number{};
    std::uint32_t attempt = 0;
    WallTime started{};
    pid_t pid = 0;
  };
  struct Slot {
    SlotProcess process;
    std::uint64_t setup;  // compared with setup_number_
    std::optional<RunningJob> job = std::nullopt;
    std::uint64_t ended = 0;  // sequence of the last job that ended
    std::uint64_t safe = 0;   // up to which all is in the state
    bool is_dead = false;     // its process; its files are still needed

    bool is_safe() const { return ended == safe; }
  };

  using Slots = std::map<unsigned, Slot>;

  void could_not_run(Slot& slot, const RunningJob& job, const Error& error, WallTime wall,
                     Jitter& jitter);
  void on_started(Slot& slot, const SlotStarted& started);
  void on_ended(unsigned id, Slot& slot, SlotEnded& ended, WallTime wall, Jitter& jitter);
  void on_died(Slots::iterator at, const SlotDied& died, SteadyTime now, WallTime wall,
               Jitter& jitter);
  void log_end(const Finished& finished) const;
  void note_end(unsigned id, Slot& slot, const Finished& finished, WallTime wall, Jitter& jitter);
  void end(Slots::iterator at);
  void pause(SteadyTime now);
  Slot* slot_of(JobNumber number, std::uint32_t attempt);
  std::vector<pid_t> pids() const;

  Store& store_;
  Sleeper& sleeper_;
  Recorder& recorder_;
  const SchedulerOptions& options_;
  const Log& log_;

  Config config_;
  SlotSetup setup_;
  std::uint64_t setup_number_ = 0;
  Slots slots_;
  unsigned last_id_ = 0;
  std::chrono::nanoseconds pause_length_{0};
  SteadyTime pause_until_{};
};

}  // namespace bobbin
