// SPDX-License-Identifier: Apache-2.0
#include "sched/plan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

namespace bobbin {
namespace {

using std::chrono::seconds;

constexpr WallTime kNow{std::chrono::seconds(1000)};

std::string text(const SchedulerView& view) {
  const auto time = [](const std::optional<WallTime>& at) {
    return at ? std::to_string((*at - kNow) / seconds(1)) : std::string("never");
  };
  return "max " + std::to_string(view.max_job_count) + ", running " + std::to_string(view.running) +
         ", idle " + std::to_string(view.idle_slots) + ", full " + std::to_string(view.full_slots) +
         ", stale " + std::to_string(view.stale_slots) +
         (view.may_start_slots ? "" : ", no new slots") + (view.draining ? ", draining" : "") +
         ", due " + time(view.next_due) + ", retire " + time(view.next_retire);
}

void for_each_time(const std::function<void(std::optional<WallTime>)>& visit) {
  visit(std::nullopt);
  for (const int offset : {-5, 0, 3, 9}) visit(kNow + seconds(offset));
}

void for_each_view(const std::function<void(const SchedulerView&)>& visit) {
  SchedulerView view;
  for (view.max_job_count = 0; view.max_job_count < 4; ++view.max_job_count)
    for (view.running = 0; view.running < 5; ++view.running)
      for (view.idle_slots = 0; view.idle_slots < 5; ++view.idle_slots)
        for (view.full_slots = 0; view.full_slots < 3; ++view.full_slots)
          for (view.stale_slots = 0; view.stale_slots < 3; ++view.stale_slots)
            for (const int bits : {0, 1, 2, 3})
              for_each_time([&](std::optional<WallTime> due) {
                for_each_time([&](std::optional<WallTime> retire) {
                  view.may_start_slots = (bits & 1) != 0;
                  view.draining = (bits & 2) != 0;
                  view.next_due = due;
                  view.next_retire = retire;
                  visit(view);
                });
              });
}

TEST(Plan, KeepsItsPromisesInEverySmallView) {
  std::size_t views = 0;
  for_each_view([&](const SchedulerView& view) {
    ++views;
    SCOPED_TRACE(text(view));
    const Actions actions = plan(kNow, view);
    const bool is_due = view.next_due && *view.next_due <= kNow;
    const std::size_t free =
        view.max_job_count > view.running ? view.max_job_count - view.running : 0;

    // Nothing starts that may not, or for which there is no slot.
    if (actions.claim > 0) {
      ASSERT_TRUE(is_due && !view.draining);
      ASSERT_LE(actions.claim, free);
      ASSERT_EQ(actions.claim,
                actions.start_slots == 0 ? std::min(free, view.idle_slots) : std::size_t{1});
    }
    // A job that may start does.
    const bool has_place = view.idle_slots > 0 || (view.may_start_slots && view.full_slots < free);
    ASSERT_EQ(actions.claim > 0, is_due && !view.draining && free > 0 && has_place);
    // A slot is started for a claim only, and never beyond max_job_count.
    if (actions.start_slots > 0) {
      ASSERT_EQ(view.idle_slots, 0u);
      ASSERT_TRUE(view.may_start_slots);
      ASSERT_LT(view.running + view.full_slots, view.max_job_count);
    }

    ASSERT_GE(actions.stop_slots, view.stale_slots);
    ASSERT_LE(actions.stop_slots + actions.claim - actions.start_slots,
              view.stale_slots + view.idle_slots);
    const std::size_t left = view.idle_slots + view.stale_slots + actions.start_slots -
                             actions.claim - actions.stop_slots;
    ASSERT_LE(left, view.draining ? 0 : free);

    // Never a wake-up that changes nothing.
    ASSERT_EQ(actions.retire, !view.draining && view.next_retire && *view.next_retire <= kNow);
    if (actions.wake_at) {
      ASSERT_FALSE(view.draining);
      ASSERT_GT(*actions.wake_at, kNow);
      if (actions.wake_at != view.next_retire) {
        ASSERT_EQ(actions.wake_at, view.next_due);
        ASSERT_GT(free, 0u);
      }
    }
    // Never one that is missed.
    if (!view.draining && view.next_retire && !actions.retire) {
      ASSERT_LE(actions.wake_at, view.next_retire);
      ASSERT_TRUE(actions.wake_at);
    }
    if (!view.draining && free > 0 && view.next_due && !is_due) {
      ASSERT_TRUE(actions.wake_at);
      ASSERT_LE(*actions.wake_at, *view.next_due);
    }
  });
  EXPECT_EQ(views, 4u * 5 * 5 * 3 * 3 * 4 * 5 * 5);
}

// Who does what it says and asks again comes to rest.
TEST(Plan, ComesToRest) {
  for_each_view([&](SchedulerView view) {
    SCOPED_TRACE(text(view));
    std::size_t waiting = 7;
    for (int round = 0; round < 10; ++round) {
      if (waiting == 0) view.next_due.reset();
      const Actions actions = plan(kNow, view);
      if (actions.claim == 0 && actions.stop_slots == 0 && !actions.retire) return;
      const std::size_t claimed = std::min(actions.claim, waiting);
      waiting -= claimed;
      view.running += claimed;
      view.idle_slots += actions.start_slots;
      view.idle_slots -= claimed;
      const std::size_t stale = std::min(actions.stop_slots, view.stale_slots);
      view.stale_slots -= stale;
      view.idle_slots -= actions.stop_slots - stale;
      if (actions.retire) view.next_retire.reset();
    }
    FAIL() << "still at it";
  });
}

TEST(Plan, KeepsAFewSpareSlots) {
  SchedulerView view{.max_job_count = 100, .running = 0, .idle_slots = 50};
  EXPECT_EQ(plan(kNow, view).stop_slots, 50 - kSpareSlots);
  view.running = 30;
  EXPECT_EQ(plan(kNow, view).stop_slots, 50 - 30 - kSpareSlots);
  view.running = 60;
  EXPECT_EQ(plan(kNow, view).stop_slots, 10u);
}

TEST(Plan, SurvivesALimitBelowWhatRuns) {
  const SchedulerView view{.max_job_count = 2, .running = 9, .idle_slots = 3, .next_due = kNow};
  EXPECT_EQ(plan(kNow, view), (Actions{.stop_slots = 3}));
}

}  // namespace
}  // namespace bobbin
