// SPDX-License-Identifier: Apache-2.0
#include "mount/submitters.h"

#include <gtest/gtest.h>

namespace bobbin {
namespace {

constexpr WallTime kStart{std::chrono::seconds(1000)};

Job started_job(unsigned number) {
  Job job;
  job.number = JobNumber{number};
  job.state = JobState::active;
  job.last_attempt = Attempt{.number = 1, .started = kStart};
  return job;
}

TEST(Submitters, WhoMadeItFindsItForAMoment) {
  Submitters submitters;
  submitters.note(42, JobNumber{7});
  EXPECT_TRUE(submitters.may_still_name(42, started_job(7), kStart));
  EXPECT_TRUE(submitters.may_still_name(42, started_job(7), kStart + kStillNamed));
  EXPECT_FALSE(submitters.may_still_name(42, started_job(7), kStart + 2 * kStillNamed));
}

TEST(Submitters, NobodyElseDoes) {
  Submitters submitters;
  submitters.note(42, JobNumber{7});
  EXPECT_FALSE(submitters.may_still_name(43, started_job(7), kStart));
  EXPECT_FALSE(submitters.may_still_name(42, started_job(8), kStart));
}

TEST(Submitters, ALaterAttemptIsNoNews) {
  Submitters submitters;
  submitters.note(42, JobNumber{7});
  Job job = started_job(7);
  job.last_attempt->number = 2;
  EXPECT_FALSE(submitters.may_still_name(42, job, kStart));
}

TEST(Submitters, OldOnesAreForgotten) {
  Submitters submitters;
  for (unsigned number = 1; number <= 100; ++number) submitters.note(42, JobNumber{number});
  EXPECT_FALSE(submitters.may_still_name(42, started_job(1), kStart));
  EXPECT_TRUE(submitters.may_still_name(42, started_job(100), kStart));
}

}  // namespace
}  // namespace bobbin
