// SPDX-License-Identifier: Apache-2.0
#include "sched/plan.h"

#include <algorithm>

namespace bobbin {
namespace {

std::size_t less(std::size_t from, std::size_t what) { return from > what ? from - what : 0; }

}  // namespace

Actions plan(WallTime now, const SchedulerView& view) {
  Actions actions;
  std::size_t free = view.draining ? 0 : less(view.max_job_count, view.running);

  if (view.next_due && *view.next_due <= now && free > 0) {
    actions.claim = std::min(free, view.idle_slots);
    // A slot that is full is one of the max_job_count: it will be back.
    if (actions.claim == 0 && view.full_slots < free && view.may_start_slots)
      actions.claim = actions.start_slots = 1;
    free -= actions.claim;
  }

  const std::size_t idle = less(view.idle_slots, actions.claim);
  const std::size_t kept = std::min(free, view.running + actions.claim + kSpareSlots);
  actions.stop_slots = view.stale_slots + less(idle, view.draining ? 0 : kept);

  if (view.draining) return actions;
  // With every slot busy a due job waits for a slot's end, which is heard without a clock.
  if (view.next_due && *view.next_due > now && free > 0) actions.wake_at = view.next_due;
  if (view.next_retire && *view.next_retire <= now) {
    actions.retire = true;
  } else if (view.next_retire) {
    actions.wake_at = std::min(actions.wake_at.value_or(*view.next_retire), *view.next_retire);
  }
  return actions;
}

}  // namespace bobbin
