// SPDX-License-Identifier: Apache-2.0
// What an earlier run of filed has left: slots that still run a job, which are watched to their
// end, and records of attempts that ended without us.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/log.h"
#include "jobs/store.h"
#include "sched/account.h"
#include "sched/recorder.h"
#include "sched/sleeper.h"
#include "slot/orphan_slots.h"

namespace bobbin {

// Keys of the sleeper: an orphan's is its number and this bit.
inline constexpr Sleeper::Key kOrphanKey = Sleeper::Key{1} << 32;

class Orphans {
 public:
  // `queue`: FILED_QUEUE of its jobs.
  Orphans(Store& store, Sleeper& sleeper, Recorder& recorder, std::string queue, const Log& log);

  // Accounts for every attempt that the state does not know as ended, and says in the log what it
  // found. Returns the highest number of a slot.
  unsigned recover(const std::string& slots_directory, WallTime wall, Jitter& jitter);

  std::size_t running() const noexcept;
  bool kill(JobNumber number, std::uint32_t attempt, AttemptEnd reason);
  void kill_all(AttemptEnd reason);

  // It has exited.
  void receive(unsigned id, WallTime wall, Jitter& jitter);
  // What it ran is safe in the state: nothing of it is needed any more.
  void recorded(unsigned id);

 private:
  struct Orphan {
    OrphanSlot slot;
    // The attempt that it runs, if it still does.
    JobNumber number{};
    std::uint32_t attempt = 0;
    WallTime started{};
    bool is_running = false;
    std::optional<AttemptEnd> killed_for = std::nullopt;
  };
  struct Tally {
    std::size_t ended = 0;
    std::size_t lost = 0;
    std::size_t running = 0;
  };

  void take_over(Orphan& orphan, const AttemptRecord& record);
  // True if it was news.
  bool tell(Orphan& orphan, const AttemptRecord& record, bool is_newest, WallTime wall,
            Jitter& jitter);
  void finish_unknown(WallTime wall, Jitter& jitter, Tally& tally);
  bool is_running(const Job& job) const;

  Store& store_;
  Sleeper& sleeper_;
  Recorder& recorder_;
  const std::string queue_;
  const Log& log_;
  std::map<unsigned, Orphan> orphans_;
};

}  // namespace bobbin
