// SPDX-License-Identifier: Apache-2.0
#include "exec/outcome.h"

#include <gtest/gtest.h>

#include <csignal>

#include "exec/deadline.h"

namespace bobbin {
namespace {

TEST(Outcome, OnlyExitStatusZeroSucceeds) {
  EXPECT_TRUE(succeeded(Exited{0}));
  EXPECT_FALSE(succeeded(Exited{1}));
  EXPECT_FALSE(succeeded(Signalled{SIGTERM}));
  EXPECT_FALSE(succeeded(TimedOut{}));
  EXPECT_FALSE(succeeded(Interrupted{SIGTERM}));
}

TEST(Outcome, SaysHow) {
  EXPECT_EQ(describe(Exited{3}), "exit status 3");
  EXPECT_EQ(describe(Signalled{SIGKILL}), "signal 9 (Killed)");
  EXPECT_EQ(describe(TimedOut{}), "timed out");
  EXPECT_EQ(describe(Interrupted{SIGTERM}), "interrupted by signal 15 (Terminated)");
}

TEST(Deadline, SaturatesInsteadOfOverflowing) {
  using std::chrono::nanoseconds;
  EXPECT_EQ(nanoseconds_of(UINT64_MAX), nanoseconds::max());
  EXPECT_EQ(nanoseconds_of(3), std::chrono::seconds(3));
  EXPECT_EQ(nanoseconds_of(9'223'372'036), std::chrono::seconds(9'223'372'036));
  EXPECT_FALSE(deadline_after(nanoseconds::max()).has_value());
  EXPECT_FALSE(deadline_after(std::nullopt).has_value());
  EXPECT_TRUE(has_passed(deadline_after(nanoseconds{0})));
  EXPECT_TRUE(has_passed(deadline_after(nanoseconds::min())));
  EXPECT_FALSE(has_passed(std::nullopt));
}

TEST(Deadline, WhatIsLeftIsNeverNegative) {
  const timespec left = time_left(SteadyTime::min() + std::chrono::hours(1));
  EXPECT_EQ(left.tv_sec, 0);
  EXPECT_EQ(left.tv_nsec, 0);
}

}  // namespace
}  // namespace bobbin
