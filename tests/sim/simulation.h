// SPDX-License-Identifier: Apache-2.0
// A queue's life in a loop: random users, random jobs, slots and crashes that exist in memory only,
// the real plan, the real rules and the Store that is a model. Time is a number. The same seed
// brings the same run.
//
// A crash of the daemon forgets what the Store was told since it was last persisted: the run up to
// then is played again into a new Store. What slots have written down stays.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "jobs/store.h"
#include "sched/plan.h"

namespace bobbin {

// What can be replaced by something broken, to see that it is noticed.
struct Parts {
  std::function<Actions(WallTime, const SchedulerView&)> plan = bobbin::plan;
  // Empty: account_for.
  std::function<bool(Store&, const Finished&, WallTime)> account = nullptr;
};

// One life of so many steps, and then a peaceful end. Returns what went wrong, "" if nothing did.
std::string simulate(std::uint64_t seed, std::size_t steps, const Parts& parts);

}  // namespace bobbin
