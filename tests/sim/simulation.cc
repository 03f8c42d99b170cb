// SPDX-License-Identifier: Apache-2.0
#include "simulation.h"

#include <fmt/format.h>

#include "simulated_daemon.h"

namespace bobbin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMostJobs = 24;

class Simulation : SimulatedDaemon {
 public:
  Simulation(std::uint64_t seed, const Parts& parts) : SimulatedDaemon(seed, parts) {}

  void live(std::size_t steps) {
    for (std::size_t i = 0; i < steps; ++i) {
      something_happens();
      run_daemon();
      check();
    }
  }

  // Every job comes to an end that its user can see.
  void end_in_peace() {
    is_peaceful_ = true;
    Config config = store_->config();
    config.max_job_count = 2;
    set_config(config);
    run_daemon();
    for (int round = 0; !is_over(); ++round) {
      require(round < 10'000, "the queue does not come to its end");
      require(next_event().has_value(), "jobs wait for ever");
      now_ = std::max(now_, *next_event());
      end_what_is_due();
      run_daemon();
    }
    check();
    require(truth_.running() == 0, "something still runs");
  }

 private:
  // ---- users and other accidents
  void something_happens() {
    switch (const std::uint32_t what = roll(100); what) {
      case 0: crash(); break;
      case 1: slot_dies(); break;
      case 2: drain_and_restart(); break;
      case 3: change_config(); break;
      case 4: power_loss(); break;
      default:
        if (what < 25) {
          submit();
        } else if (what < 40) {
          touch_a_job();
        } else if (what < 45) {
          persist();
        } else if (what < 80 && next_event()) {
          now_ = std::max(now_, *next_event());
        } else {
          now_ += milliseconds(roll(3000));
        }
    }
    end_what_is_due();
  }

  void submit() {
    if (live_jobs().size() >= kMostJobs) return;
    const std::string name = fmt::format("{}{}", roll(20) == 0 ? "." : "job", ++names_);
    const WallTime now = now_;
    const Created created =
        store_.apply([=](Store& store) { return store.create({.name = name}, now); });
    require(created.verdict == Verdict::done, "a job is refused");
    const JobNumber number = created.number;
    const auto delay = roll(8) == 0 ? seconds(roll(30)) : seconds(0);
    const auto priority = static_cast<std::int32_t>(roll(3)) - 1;
    store_.apply([=](Store& store) {
      store.write(number, 0, "true", now);
      store.commit(number, [](std::exception_ptr) {});
      if (delay.count() > 0) store.change(number, {.modified = now + delay}, now);
      store.set_priority(number, priority, now);
      store.close_writing(number, now);
    });
    store_.persist();
    truth_.submitted(number);
  }

  void touch_a_job() {
    const std::vector<Job> jobs = live_jobs();
    if (jobs.empty()) return;
    const Job& job = jobs[roll(static_cast<std::uint32_t>(jobs.size()))];
    const WallTime now = now_;
    const JobNumber number = job.number;
    switch (roll(4)) {
      case 0:
        if (store_.apply([=](Store& store) { return store.remove(number, 7, now); }) ==
            Verdict::done) {
          truth_.removed(number);
        }
        break;
      case 1: {
        const JobState to = kJobStates[roll(4)];
        const std::string name = fmt::format("{}{}", roll(20) == 0 ? "." : "moved", ++names_);
        const Verdict verdict = store_.apply([=](Store& store) {
          return store.rename(number, {.to = to, .name = name, .replace = true, .by = 7}, now);
        });
        if (verdict == Verdict::done && to == JobState::pending && job.state != to)
          truth_.resubmitted(number);
        break;
      }
      case 2: {
        const auto priority = static_cast<std::int32_t>(roll(3)) - 1;
        store_.apply([=](Store& store) { store.set_priority(number, priority, now); });
        break;
      }
      default: {
        const WallTime time = now + seconds(roll(20)) - seconds(10);
        store_.apply([=](Store& store) { store.change(number, {.modified = time}, now); });
      }
    }
    store_.persist();
  }

  void change_config() {
    Config config = store_->config();
    config.max_job_count = roll(5);
    config.max_retries = roll(kMostRetries + 1);
    config.backoff_base = milliseconds(roll(3000));
    config.backoff_jitter = roll(2);
    config.retain_complete = seconds(roll(60));
    config.retain_failed = seconds(roll(60));
    set_config(config);
    if (roll(2) == 0)
      for (SimulatedSlot& slot : slots_) slot.is_stale = true;
    next_retire_ = now_;
  }

  void set_config(const Config& config) {
    store_.apply([=](Store& store) { store.set_config(config); });
    store_.persist();
  }

  void slot_dies() {
    if (slots_.empty()) return;
    SimulatedSlot& slot =
        *std::next(slots_.begin(), roll(static_cast<std::uint32_t>(slots_.size())));
    if (!slot.job) return;
    truth_.ended(slot.job->number, {EndKind::lost, 0}, kMostRetries);
    AttemptRecord& record = slot.records.back();
    record.end.reset();
    slot.job.reset();
    slot.is_dead = true;
    if (slot.is_orphan)
      tell(record);
    else
      finish(lost(record));
  }

  void crash() {
    for (SimulatedSlot& slot : slots_) {
      slot.is_orphan = true;
      if (!slot.job) slot.is_dead = true;
    }
    // It may take a while to come back; slots go on without it.
    is_up_ = false;
    for (std::uint32_t i = roll(3); i > 0; --i) {
      now_ += seconds(roll(5));
      end_what_is_due();
    }
    store_.rewind();
    recover();
    is_up_ = true;
    next_retire_ = now_;
  }

  void power_loss() {
    for (const SimulatedSlot& slot : slots_)
      if (slot.job) truth_.ended(slot.job->number, {EndKind::lost, 0}, kMostRetries);
    slots_.clear();
    store_.rewind();
    for (const Job& job : live_jobs()) truth_.believe(job);
    recover();
    next_retire_ = now_;
  }

  void drain_and_restart() {
    for (SimulatedSlot& slot : slots_) {
      if (!slot.job) continue;
      slot.job->ends = now_;
      slot.job->end = {EndKind::shut_down, 0};
    }
    end_what_is_due();
    persist();
    std::erase_if(slots_, [](const SimulatedSlot& slot) { return !slot.job; });
  }

  void check() {
    const std::vector<Job> all = live_jobs();
    for (const Job& job : all) truth_.check_verdict(job);
    require(all.size() == truth_.jobs().size(), "a job is lost");
    const SchedulerView state = view();
    const bool has_place =
        state.running < state.max_job_count &&
        (state.idle_slots > 0 || state.running + state.full_slots < state.max_job_count);
    require(!has_place || !state.next_due || *state.next_due > now_,
            "a due job waits although there is room");
    require(state.running >= state.max_job_count || !state.next_due || *state.next_due <= now_ ||
                (wake_at_ && *wake_at_ <= *state.next_due),
            "nobody will wake up for a job");
  }

  bool is_over() const {
    const std::vector<Job> all = live_jobs();
    return truth_.running() == 0 && std::none_of(all.begin(), all.end(), [](const Job& job) {
             return job.state == JobState::active || is_startable(job);
           });
  }

  std::uint64_t names_ = 0;
};

}  // namespace

std::string simulate(std::uint64_t seed, std::size_t steps, const Parts& parts) {
  try {
    Simulation simulation(seed, parts);
    simulation.live(steps);
    simulation.end_in_peace();
    return {};
  } catch (const Fault& fault) {
    return fmt::format("seed {}: {}", seed, fault.what());
  }
}

}  // namespace bobbin
