// SPDX-License-Identifier: Apache-2.0
// The daemon of a simulation: what scheduler.cc does, with the same plan and the same rules.
#pragma once

#include <tuple>

#include "jobs/transitions.h"
#include "world.h"

namespace bobbin {

class SimulatedDaemon : protected World {
 protected:
  SimulatedDaemon(std::uint64_t seed, const Parts& parts) : World(seed, parts) {}

  void recover() {
    std::vector<std::pair<SimulatedSlot*, AttemptRecord>> entries;
    for (SimulatedSlot& slot : slots_)
      for (const AttemptRecord& record : slot.records) entries.emplace_back(&slot, record);
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.second.number, a.second.attempt) <
             std::tuple(b.second.number, b.second.attempt);
    });
    for (const auto& [slot, record] : entries) {
      if (record.end || !slot->job) {
        tell(record);
      } else if (!store_.apply([copy = record](Store& store) { return adopt(store, copy); })) {
        kill(*slot, {EndKind::shut_down, 0});
      }
    }
    for (const Job& job : store_->running()) {
      const bool is_known = std::any_of(
          slots_.begin(), slots_.end(),
          [&](const SimulatedSlot& slot) { return slot.job && slot.job->number == job.number; });
      if (is_known) continue;
      AttemptRecord record;
      record.number = job.number;
      record.attempt = job.last_attempt->number;
      finish(lost(record));
    }
  }

  void take_kills() {
    const auto kills = store_.apply([](Store& store) { return store.take_kills(); });
    for (const Kill& asked : kills) {
      for (SimulatedSlot& slot : slots_) {
        if (slot.job && slot.job->number == asked.number && slot.job->attempt == asked.attempt)
          kill(slot, {EndKind::killed, 7});
      }
    }
  }

  SchedulerView view() const {
    SchedulerView view{.max_job_count = store_->config().max_job_count};
    for (const SimulatedSlot& slot : slots_) {
      if (slot.job)
        ++view.running;
      else if (slot.is_dead || slot.is_orphan)
        continue;
      else if (slot.is_stale)
        ++view.stale_slots;
      else if (slot.records.size() < kSmallRing)
        ++view.idle_slots;
      else
        ++view.full_slots;
    }
    view.next_due = store_->next_due();
    view.next_retire = next_retire_;
    return view;
  }

  void run_daemon() {
    if (is_peaceful_ || roll(3) == 0) persist();
    if (!next_retire_ && roll(20) == 0) next_retire_ = now_;
    take_kills();
    for (int round = 0;; ++round) {
      require(round < 200, "the scheduler does not come to rest");
      const Actions actions = parts_.plan(now_, view());
      stop(actions.stop_slots);
      if (actions.retire) retire();
      for (std::size_t i = 0; i < actions.start_slots; ++i) slots_.emplace_back();
      if (actions.claim > 0) claim(actions.claim);
      wake_at_ = actions.wake_at;
      if (actions.claim == 0 && !actions.retire) break;
    }
    require(!wake_at_ || *wake_at_ > now_, "a wake-up in the past");
  }

  void stop(std::size_t count) {
    for (const bool stale : {true, false}) {
      for (auto at = slots_.begin(); at != slots_.end() && count > 0;) {
        const auto here = at++;
        if (here->job || here->is_dead || here->is_orphan || here->is_stale != stale) continue;
        if (stale || here->records.empty()) --count;
        if (here->records.empty()) slots_.erase(here);
      }
    }
  }

  // The best first: nothing else is ever claimed.
  void claim(std::size_t limit) {
    std::vector<Job> expected = store_->list(JobState::pending, JobNumber{0}, 1000);
    std::erase_if(expected,
                  [&](const Job& job) { return !is_startable(job) || due_time(job) > now_; });
    std::sort(expected.begin(), expected.end(), [](const Job& a, const Job& b) {
      return std::tuple(-a.priority, a.order) < std::tuple(-b.priority, b.order);
    });
    const std::vector<Claim> claims = store_.claim(limit, now_);
    require(claims.size() == std::min(limit, expected.size()), "due jobs were not claimed");
    for (std::size_t i = 0; i < claims.size(); ++i) {
      require(
          claims[i].number == expected[i].number,
          Truth::name(claims[i].number) + " was claimed before " + Truth::name(expected[i].number));
    }
    for (const Claim& claim : claims) start(claim);
  }

  void retire() {
    const std::vector<Job> before = live_jobs();
    const WallTime now = now_;
    next_retire_ = store_.apply([=](Store& store) { return store.retire(now); });
    require(!next_retire_ || *next_retire_ > now_, "the next retirement is in the past");
    store_.persist();
    for (const Job& job : before) {
      if (store_->find(job.number)) continue;
      require(job.state == JobState::complete || job.state == JobState::failed,
              Truth::name(job.number) + " was retired before its end");
      truth_.check_verdict(job);
      truth_.removed(job.number);
    }
  }

  std::optional<WallTime> next_retire_ = kStart;
};

}  // namespace bobbin
