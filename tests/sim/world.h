// SPDX-License-Identifier: Apache-2.0
// What a simulated daemon finds: the time, a store, slots that run jobs by themselves, and the
// truth about them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "rewindable_store.h"
#include "sched/account.h"
#include "simulation.h"
#include "truth.h"

namespace bobbin {

inline constexpr std::uint32_t kMostRetries = 3;
inline constexpr std::size_t kSmallRing = 4;  // so that slots are often full
inline constexpr WallTime kStart{std::chrono::seconds(1'000'000)};

struct Running {
  JobNumber number{};
  std::uint32_t attempt = 0;
  WallTime ends{};
  AttemptEnd end{};
};

struct SimulatedSlot {
  std::vector<AttemptRecord> records;  // not yet safe, oldest first
  std::optional<Running> job = std::nullopt;
  bool is_stale = false;
  bool is_orphan = false;
  bool is_dead = false;
};

class World {
 protected:
  World(std::uint64_t seed, const Parts& parts)
      : parts_(parts), dice_(seed), store_(first_config()) {}

  static Config first_config() {
    Config config = default_config(2);
    config.backoff_max = std::chrono::seconds(60);
    return config;
  }

  std::uint32_t roll(std::uint32_t sides) {
    return std::uniform_int_distribution<std::uint32_t>(0, sides - 1)(dice_);
  }

  std::vector<Job> live_jobs() const {
    std::vector<Job> all;
    for (const JobState state : kJobStates) {
      const auto some = store_->list(state, JobNumber{0}, 1000);
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

  std::optional<WallTime> next_event() const {
    std::optional<WallTime> next = wake_at_;
    for (const SimulatedSlot& slot : slots_)
      if (slot.job) next = std::min(next.value_or(slot.job->ends), slot.job->ends);
    return next;
  }

  void end_what_is_due() {
    for (SimulatedSlot& slot : slots_) {
      if (!slot.job || slot.job->ends > now_) continue;
      const Running job = *std::exchange(slot.job, std::nullopt);
      truth_.ended(job.number, job.end, kMostRetries);
      slot.records.back().end = job.end;
      slot.records.back().ended = now_;
      if (slot.is_orphan) slot.is_dead = true;
      if (!is_up_) continue;
      if (slot.is_orphan)
        tell(slot.records.back());
      else
        finish(finished_from(slot.records.back(), ""));
    }
  }

  void start(const Claim& claim) {
    const auto free = std::find_if(slots_.begin(), slots_.end(), is_ready);
    require(free != slots_.end(), "a job was claimed that has no slot");
    truth_.began(claim.number, claim.attempt, store_->config().max_job_count);
    Running job{.number = claim.number, .attempt = claim.attempt, .ends = now_};
    job.ends += std::chrono::milliseconds(roll(4) == 0 ? roll(30'000) : roll(300));
    job.end = {EndKind::exited, 0};
    if (const std::uint32_t luck = roll(10); !is_peaceful_ && luck < 3) {
      job.end = luck == 0 ? AttemptEnd{EndKind::timed_out, 0} : AttemptEnd{EndKind::exited, 1};
    }
    free->job = job;
    AttemptRecord& record = free->records.emplace_back();
    record.number = job.number;
    record.attempt = job.attempt;
    record.started = now_;
    store_.apply([=](Store& store) { store.began(job.number, job.attempt, 77, nullptr); });
  }

  static bool is_ready(const SimulatedSlot& slot) {
    return !slot.job && !slot.is_dead && !slot.is_stale && !slot.is_orphan &&
           slot.records.size() < kSmallRing;
  }

  void kill(SimulatedSlot& slot, AttemptEnd reason) {
    slot.job->ends = std::min(slot.job->ends, now_ + std::chrono::milliseconds(roll(50)));
    slot.job->end = reason;
  }

  double jitter() { return roll(1000) / 1000.0; }

  void finish(const Finished& finished) {
    const double chance = jitter();
    const WallTime now = now_;
    store_.apply([=](Store& store) { store.finish(finished, now, chance); });
  }

  // A record of an attempt that the state may know nothing of.
  void tell(const AttemptRecord& record) {
    const Finished finished = record.end ? finished_from(record, "") : lost(record);
    const double chance = jitter();
    const WallTime now = now_;
    const auto account = parts_.account;
    store_.apply([=](Store& store) {
      return account ? account(store, finished, now) : account_for(store, finished, now, chance);
    });
  }

  Finished lost(const AttemptRecord& record) const {
    return finished_from(LostAttempt{.number = record.number, .attempt = record.attempt}, *store_,
                         now_);
  }

  void persist() {
    store_.persist();
    std::erase_if(slots_, [](const SimulatedSlot& slot) { return slot.is_dead; });
    for (SimulatedSlot& slot : slots_) {
      const std::size_t keep = slot.job ? 1 : 0;
      slot.records.erase(slot.records.begin(), slot.records.end() - static_cast<long>(keep));
    }
  }

  const Parts& parts_;
  std::mt19937_64 dice_;
  WallTime now_ = kStart;
  RewindableStore store_;
  Truth truth_;
  std::list<SimulatedSlot> slots_;
  std::optional<WallTime> wake_at_;
  bool is_up_ = true;
  bool is_peaceful_ = false;
};

}  // namespace bobbin
