// SPDX-License-Identifier: Apache-2.0
#include "simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "sched/account.h"

namespace bobbin {
namespace {

// BOBBIN_SIM_STEPS: how many in all; BOBBIN_SIM_SEED: only this one.
constexpr std::size_t kStepsOfALife = 1000;

std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* text = ::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::string first_fault(std::size_t lives, const Parts& parts) {
  for (std::uint64_t seed = 1; seed <= lives; ++seed) {
    const std::string fault = simulate(seed, kStepsOfALife, parts);
    if (!fault.empty()) return fault;
  }
  return {};
}

TEST(Simulation, KeepsEveryPromise) {
  if (const std::size_t seed = from_environment("BOBBIN_SIM_SEED", 0); seed != 0) {
    EXPECT_EQ(simulate(seed, kStepsOfALife, {}), "");
    return;
  }
  const std::size_t steps = from_environment("BOBBIN_SIM_STEPS", BOBBIN_SIM_STEPS);
  EXPECT_EQ(first_fault(steps / kStepsOfALife, {}), "");
}

// Canaries: each broken part must be noticed.
constexpr std::size_t kFewLives = 30;

TEST(Simulation, NoticesOneClaimTooMany) {
  const Parts greedy{.plan = [](WallTime now, SchedulerView view) {
    ++view.max_job_count;
    return plan(now, view);
  }};
  EXPECT_NE(first_fault(kFewLives, greedy).find("max_job_count"), std::string::npos);
}

TEST(Simulation, NoticesAForgottenWakeUp) {
  const Parts sleepy{.plan = [](WallTime now, const SchedulerView& view) {
    Actions actions = plan(now, view);
    actions.wake_at = view.next_retire;
    return actions;
  }};
  EXPECT_NE(first_fault(kFewLives, sleepy), "");
}

TEST(Simulation, NoticesAnIdleQueueWithWork) {
  const Parts lazy{.plan = [](WallTime now, SchedulerView view) {
    if (view.running > 0) view.next_due.reset();
    return plan(now, view);
  }};
  EXPECT_NE(first_fault(kFewLives, lazy), "");
}

TEST(Simulation, NoticesRecordsThatAreNotBelieved) {
  const Parts forgetful{.account = [](Store& store, const Finished& finished, WallTime now) {
    return store.finish(finished, now, 0);  // without resume()
  }};
  EXPECT_NE(first_fault(kFewLives, forgetful), "");
}

}  // namespace
}  // namespace bobbin
