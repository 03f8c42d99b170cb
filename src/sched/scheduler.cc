// SPDX-License-Identifier: Apache-2.0
#include "sched/scheduler.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "sched/account.h"
#include "sched/orphans.h"
#include "sched/plan.h"
#include "sched/recorder.h"
#include "sched/sleeper.h"
#include "sched/slot_pool.h"

namespace bobbin {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr Sleeper::Key kWake = Sleeper::Key{1} << 33;

std::optional<SteadyTime> earlier(std::optional<SteadyTime> a, std::optional<SteadyTime> b) {
  return a && b ? std::min(a, b) : std::max(a, b);
}

}  // namespace

struct Scheduler::Loop {
  Loop(Store& the_store, WakeFd& the_wake, SchedulerOptions the_options, const Log& the_log)
      : store(the_store),
        wake(the_wake),
        options(std::move(the_options)),
        log(the_log),
        jitter(static_cast<std::uint32_t>(steady_clock::now().time_since_epoch().count())),
        recorder([this](Completion done) { store.persist(Durability::recorded, std::move(done)); },
                 wake, log),
        slots(store, sleeper, recorder, options, log),
        orphans(store, sleeper, recorder, options.queue, log) {
    sleeper.watch(wake.fd(), kWake);
  }

  void take_settings();
  void end_what_users_ended();
  void begin_to_drain();
  std::optional<WallTime> act();
  SchedulerView view() const;
  bool start_jobs(const Actions& actions);
  void retire(WallTime wall);
  void expect_retirements(WallTime wall);
  void wait(std::optional<WallTime> wake_at);
  void note_what_is_safe();
  bool is_drained() const;
  void run();

  Store& store;
  WakeFd& wake;
  const SchedulerOptions options;
  const Log& log;
  Jitter jitter;
  Sleeper sleeper;
  Recorder recorder;
  SlotPool slots;
  Orphans orphans;

  std::atomic<bool> is_stopping{false};
  bool is_draining = false;
  std::optional<Config> config;
  std::optional<WallTime> next_retire;
  unsigned last_slot = 0;
};

void Scheduler::Loop::take_settings() {
  Config now = store.config();
  if (config && now == *config) return;
  slots.use(now);
  config = std::move(now);
  next_retire = system_clock::now();
}

void Scheduler::Loop::end_what_users_ended() {
  for (const Kill& kill : store.take_kills()) {
    // In neither: its end is on the way.
    const AttemptEnd killed{EndKind::killed, static_cast<int>(kill.by)};
    if (!slots.kill(kill.number, kill.attempt, killed))
      orphans.kill(kill.number, kill.attempt, killed);
  }
}

void Scheduler::Loop::begin_to_drain() {
  if (is_draining || !is_stopping.load(std::memory_order_acquire)) return;
  is_draining = true;
  slots.kill_all({EndKind::shut_down, 0});
  orphans.kill_all({EndKind::shut_down, 0});
}

SchedulerView Scheduler::Loop::view() const {
  const SlotPool::Counts counts = slots.counts();
  return {.max_job_count = config->max_job_count,
          .running = counts.running + orphans.running(),
          .idle_slots = counts.idle,
          .full_slots = counts.full,
          .stale_slots = counts.stale,
          .may_start_slots = slots.may_start(steady_clock::now()),
          .draining = is_draining,
          .next_due = store.next_due(),
          .next_retire = next_retire};
}

// Does what the plan says until it has nothing more to say; returns when to ask it again.
std::optional<WallTime> Scheduler::Loop::act() {
  for (;;) {
    take_settings();
    const WallTime wall = system_clock::now();
    const Actions actions = plan(wall, view());
    slots.stop(actions.stop_slots);
    if (actions.retire) retire(wall);
    if (actions.claim == 0 && !actions.retire) return actions.wake_at;
    // A job that is due and can't be claimed: nothing that is likely, nor to be tried in a loop.
    if (actions.claim > 0 && !start_jobs(actions)) return wall + std::chrono::seconds(1);
  }
}

// False if nothing changed by it.
bool Scheduler::Loop::start_jobs(const Actions& actions) {
  const SteadyTime now = steady_clock::now();
  for (std::size_t i = 0; i < actions.start_slots; ++i)
    if (!slots.start(now)) return true;
  const WallTime wall = system_clock::now();
  if (*config != store.config()) return true;  // starting slots took its time
  std::vector<Claim> claims = store.claim(actions.claim, wall);
  for (Claim& claim : claims) slots.run(std::move(claim), wall, jitter);
  return !claims.empty();
}

void Scheduler::Loop::retire(WallTime wall) {
  next_retire = store.retire(wall);
  if (next_retire && *next_retire <= wall) next_retire = wall + std::chrono::seconds(1);
}

// A job that has ended since the last look is kept for the shorter of the two times at least.
void Scheduler::Loop::expect_retirements(WallTime wall) {
  if (next_retire) return;
  for (const Config::Seconds kept : {config->retain_complete, config->retain_failed}) {
    if (kept.count() == 0) continue;
    next_retire = std::min(next_retire.value_or(wall + kept), wall + kept);
  }
}

void Scheduler::Loop::wait(std::optional<WallTime> wake_at) {
  const auto deadline = earlier(recorder.retry_at(), slots.look_again_at(steady_clock::now()));
  const bool may_sleep = wake.about_to_sleep();
  const auto& ready = may_sleep ? sleeper.sleep(wake_at, deadline) : sleeper.look();
  if (may_sleep) wake.awake();
  const SteadyTime now = steady_clock::now();
  const WallTime wall = system_clock::now();
  for (const Sleeper::Key key : ready) {
    const unsigned id = static_cast<unsigned>(key);
    if (key == kWake) continue;
    if ((key & kOrphanKey) != 0) {
      orphans.receive(id, wall, jitter);
    } else {
      slots.receive(id, now, wall, jitter);
    }
  }
  expect_retirements(wall);
}

// Before the plan is made: it makes room in slots.
void Scheduler::Loop::note_what_is_safe() {
  for (const auto& [id, sequence] : recorder.take_safe(steady_clock::now())) {
    slots.recorded(id, sequence);
    orphans.recorded(id);
  }
}

bool Scheduler::Loop::is_drained() const {
  return is_draining && slots.counts().running + orphans.running() == 0 &&
         (recorder.is_all_safe() || recorder.is_failing());
}

void Scheduler::Loop::run() {
  slots.begin_after(last_slot);
  for (;;) {
    take_settings();
    begin_to_drain();
    end_what_users_ended();
    note_what_is_safe();
    const std::optional<WallTime> wake_at = act();
    recorder.advance(steady_clock::now());
    if (is_drained()) break;
    wake.set_full(slots.counts().running + orphans.running() >= config->max_job_count);
    wait(wake_at);
    wake.set_full(false);
  }
  note_what_is_safe();
  act();
  if (options.on_drained) options.on_drained();
}

Scheduler::Scheduler(Store& store, WakeFd& wake, SchedulerOptions options, const Log& log)
    : loop_(std::make_unique<Loop>(store, wake, std::move(options), log)) {}

Scheduler::~Scheduler() = default;

void Scheduler::recover() {
  loop_->last_slot =
      loop_->orphans.recover(loop_->options.slots_directory, system_clock::now(), loop_->jitter);
}

void Scheduler::run() { loop_->run(); }

void Scheduler::stop() noexcept {
  loop_->is_stopping.store(true, std::memory_order_release);
  loop_->wake.wake();
}

}  // namespace bobbin
