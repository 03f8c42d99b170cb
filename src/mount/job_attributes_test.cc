// SPDX-License-Identifier: Apache-2.0
#include "mount/job_attributes.h"

#include <gtest/gtest.h>

namespace bobbin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime kNow{seconds(1000)};

std::optional<std::string> value(const Job& job, const std::string& name) {
  return job_attribute({.job = job, .now = kNow}, "user.filed." + name);
}

TEST(JobAttributes, OfAPendingJob) {
  Job job;
  job.created = kNow - seconds(1);
  job.modified = kNow - seconds(1);
  EXPECT_EQ(value(job, "state"), "pending");
  EXPECT_EQ(value(job, "attempts"), "0");
  EXPECT_EQ(value(job, "attempt"), "0");
  EXPECT_EQ(value(job, "priority"), "0");
  for (const char* absent : {"submitted", "not_before", "next_start", "pid", "started", "ended",
                             "exit_status", "signal", "reason", "wall_seconds", "nonsense"}) {
    EXPECT_EQ(value(job, absent), std::nullopt) << absent;
  }
  job.submitted = true;
  EXPECT_EQ(value(job, "submitted"), "1970-01-01T00:16:39.000Z");
}

TEST(JobAttributes, WhenItStarts) {
  Job job;
  job.next_start = kNow + seconds(1);
  EXPECT_EQ(value(job, "next_start"), "1970-01-01T00:16:41.000Z");
  EXPECT_EQ(value(job, "not_before"), std::nullopt);
  job.modified = kNow + milliseconds(2500);
  EXPECT_EQ(value(job, "next_start"), "1970-01-01T00:16:42.500Z");
  EXPECT_EQ(value(job, "not_before"), "1970-01-01T00:16:42.500Z");
  job.state = JobState::failed;
  EXPECT_EQ(value(job, "next_start"), std::nullopt);
}

TEST(JobAttributes, OfARunningAttempt) {
  Job job;
  job.state = JobState::active;
  job.last_attempt = Attempt{.number = 2, .pid = 77, .started = kNow};
  EXPECT_EQ(value(job, "attempt"), "2");
  EXPECT_EQ(value(job, "pid"), "77");
  EXPECT_EQ(value(job, "started"), "1970-01-01T00:16:40.000Z");
  EXPECT_EQ(value(job, "ended"), std::nullopt);
}

TEST(JobAttributes, OfAnEndedAttempt) {
  Job job;
  job.state = JobState::failed;
  job.failures = 4;
  job.last_attempt = Attempt{.number = 5,
                             .pid = 77,
                             .started = kNow,
                             .ended = kNow + seconds(2),
                             .end = AttemptEnd{EndKind::exited, 3},
                             .use = {.wall = milliseconds(2000),
                                     .user = milliseconds(20),
                                     .system = milliseconds(1),
                                     .peak_rss_bytes = 4096}};
  EXPECT_EQ(value(job, "attempts"), "4");
  EXPECT_EQ(value(job, "pid"), std::nullopt);
  EXPECT_EQ(value(job, "ended"), "1970-01-01T00:16:42.000Z");
  EXPECT_EQ(value(job, "exit_status"), "3");
  EXPECT_EQ(value(job, "signal"), std::nullopt);
  EXPECT_EQ(value(job, "reason"), "exit status 3");
  EXPECT_EQ(value(job, "wall_seconds"), "2.000000");
  EXPECT_EQ(value(job, "user_seconds"), "0.020000");
  EXPECT_EQ(value(job, "system_seconds"), "0.001000");
  EXPECT_EQ(value(job, "peak_rss_bytes"), "4096");
  job.last_attempt->end = AttemptEnd{EndKind::signalled, 9};
  EXPECT_EQ(value(job, "exit_status"), std::nullopt);
  EXPECT_EQ(value(job, "signal"), "9");
}

TEST(JobAttributes, TheListHasThoseThatAreThere) {
  Job job;
  const std::string names = job_attribute_names({.job = job, .now = kNow});
  std::string expected;
  for (const char* name : {"state", "priority", "attempts", "attempt"}) {
    expected += std::string("user.filed.") + name + '\0';
  }
  EXPECT_EQ(names, expected);
}

TEST(JobAttributes, Priorities) {
  EXPECT_EQ(parse_priority("0"), 0);
  EXPECT_EQ(parse_priority("1000"), 1000);
  EXPECT_EQ(parse_priority("-1000\n"), -1000);
  for (const char* wrong : {"", "\n", "1001", "-1001", "1.5", "x", " 1", "1 ", "99999999999999"}) {
    EXPECT_EQ(parse_priority(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace bobbin
