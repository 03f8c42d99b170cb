// SPDX-License-Identifier: Apache-2.0
#include "jobs/transitions.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace bobbin {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr WallTime kNow{std::chrono::seconds(1'770'000'000)};
constexpr AttemptEnd kSuccess{EndKind::exited, 0};
constexpr AttemptEnd kFailure{EndKind::exited, 1};
constexpr AttemptEnd kLost{EndKind::lost, 0};
constexpr AttemptEnd kShutDown{EndKind::shut_down, 0};
constexpr AttemptEnd kFailures[] = {kFailure,
                                    {EndKind::signalled, SIGSEGV},
                                    {EndKind::timed_out, 0},
                                    {EndKind::killed, 1000},
                                    {EndKind::output_limit, 0},
                                    {EndKind::could_not_start, 2}};

// ---- The table of operations and directories.

std::string table() {
  std::string text;
  for (const Rule& rule : kRules) {
    text += std::string(rule.name) + ":";
    for (const JobState state : kJobStates) {
      if (is_allowed(state, rule.operation)) text += " " + std::string(name_of(state));
    }
    text += "\n";
  }
  return text;
}

TEST(Rules, AllowThisAndNothingElse) {
  EXPECT_EQ(table(), R"(write: pending
remove: pending active failed complete
rename in place: pending failed complete
move to pending: pending active failed complete
move to active:
move to failed: pending active failed
move to complete: complete
)");
}

TEST(Rules, HaveOneRowAnOperation) {
  for (std::size_t i = 0; i < std::size(kRules); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(kRules[i].operation), i);
  }
  EXPECT_EQ(kRules[std::size(kRules) - 1].operation, Operation::move_to_complete);
}

TEST(Rules, NoUserMakesAJobRunOrComplete) {
  for (const JobState state : kJobStates) {
    EXPECT_FALSE(is_allowed(state, Operation::move_to_active));
    EXPECT_EQ(is_allowed(state, Operation::move_to_complete), state == JobState::complete);
  }
}

// ---- What an ended attempt leads to.

Job running(std::uint32_t failures = 0, std::uint32_t lost_in_row = 0) {
  Job job;
  job.state = JobState::active;
  job.failures = failures;
  job.lost_in_row = lost_in_row;
  return job;
}

nanoseconds pause(const Next& next) { return next.next_start - kNow; }

TEST(AfterAttempt, SuccessCompletes) {
  for (const std::uint32_t failures : {0u, 3u, 1'000'000u}) {
    const Next next = after_attempt(running(failures, 5), kSuccess, Config{}, kNow, 0.5);
    EXPECT_EQ(next.state, JobState::complete);
    EXPECT_EQ(next.failures, failures);
    EXPECT_EQ(next.lost_in_row, 0u);
  }
}

TEST(AfterAttempt, EveryFailureCountsAlike) {
  for (const AttemptEnd& end : kFailures) {
    const Next next = after_attempt(running(1, 5), end, Config{}, kNow, 0);
    EXPECT_EQ(next.state, JobState::pending);
    EXPECT_EQ(next.failures, 2u);
    EXPECT_EQ(next.lost_in_row, 0u);
    EXPECT_EQ(pause(next), 2s);
  }
}

// The pauses between the attempts of a job that always ends like that.
std::vector<nanoseconds> pauses(const AttemptEnd& end, const Config& config) {
  std::vector<nanoseconds> all;
  Job job = running();
  while (all.size() < 100) {
    const Next next = after_attempt(job, end, config, kNow, 0);
    if (next.state != JobState::pending) break;
    all.push_back(pause(next));
    job.failures = next.failures;
    job.lost_in_row = next.lost_in_row;
  }
  return all;
}

TEST(AfterAttempt, ThreeRetriesAreFourAttempts) {
  EXPECT_EQ(pauses(kFailure, Config{}), (std::vector<nanoseconds>{1s, 2s, 4s}));
  Config config;
  config.max_retries = 0;
  EXPECT_TRUE(pauses(kFailure, config).empty());
  for (std::uint32_t retries = 1; retries < 20; ++retries) {
    config.max_retries = retries;
    EXPECT_EQ(pauses(kFailure, config).size(), retries);
  }
}

TEST(AfterAttempt, PausesGrowUpToTheLongest) {
  Config config;
  config.max_retries = 6;
  config.backoff_base = 100ms;
  config.backoff_mult = 3;
  config.backoff_max = 2s;
  EXPECT_EQ(pauses(kFailure, config), (std::vector<nanoseconds>{100ms, 300ms, 900ms, 2s, 2s, 2s}));
}

TEST(AfterAttempt, NoPauseStaysNone) {
  Config config;
  config.max_retries = 1'000'000;
  config.backoff_base = 0s;
  config.backoff_mult = 1'000;
  for (const std::uint32_t failures : {0u, 1u, 200u, 999'999u}) {
    const Next next = after_attempt(running(failures), kFailure, config, kNow, 0.9);
    EXPECT_EQ(next.state, JobState::pending);
    EXPECT_EQ(pause(next), 0s);
  }
}

TEST(AfterAttempt, FewerRetriesThanThereWereFailuresIsFailed) {
  Config config;
  config.max_retries = 1;
  const Next next = after_attempt(running(5), kFailure, config, kNow, 0);
  EXPECT_EQ(next.state, JobState::failed);
  EXPECT_EQ(next.failures, 6u);
}

TEST(AfterAttempt, ALostAttemptIsNoRetryButTenInARowFail) {
  Config config;
  config.max_retries = 0;
  config.backoff_max = 60s;
  EXPECT_EQ(pauses(kLost, config),
            (std::vector<nanoseconds>{1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}));
  const Next last = after_attempt(running(0, kMaxLostInRow - 1), kLost, config, kNow, 0);
  EXPECT_EQ(last.state, JobState::failed);
  EXPECT_EQ(last.failures, 0u);
  EXPECT_EQ(last.lost_in_row, kMaxLostInRow);
}

TEST(AfterAttempt, AShutDownRunsAgainAtOnceAndCountsNothing) {
  Config config;
  config.max_retries = 0;
  const Next next = after_attempt(running(4, 9), kShutDown, config, kNow, 0.5);
  EXPECT_EQ(next.state, JobState::pending);
  EXPECT_EQ(pause(next), 0s);
  EXPECT_EQ(next.failures, 4u);
  EXPECT_EQ(next.lost_in_row, 0u);
}

TEST(AfterAttempt, JitterOnlyLengthens) {
  Config config;
  config.backoff_jitter = 0.5;
  EXPECT_EQ(pause(after_attempt(running(), kFailure, config, kNow, 0)), 1s);
  EXPECT_EQ(pause(after_attempt(running(), kFailure, config, kNow, 0.5)), 1250ms);
  config.backoff_base = config.backoff_max = 10s;
  EXPECT_EQ(pause(after_attempt(running(), kFailure, config, kNow, 0.5)), 12500ms)
      << "the longest pause as well: else all of those would come due together";
}

// Over the corners of every range: an attempt leads where the rules say, and its pause has bounds.
void check_properties(const Job& job, const AttemptEnd& end, const Config& config, double jitter) {
  const Next next = after_attempt(job, end, config, kNow, jitter);
  EXPECT_NE(next.state, JobState::active);
  EXPECT_EQ(next.state == JobState::complete, succeeded(end));
  const bool counts =
      !succeeded(end) && end.kind != EndKind::lost && end.kind != EndKind::shut_down;
  EXPECT_EQ(next.failures, job.failures + (counts ? 1 : 0));
  EXPECT_EQ(next.lost_in_row, end.kind == EndKind::lost ? job.lost_in_row + 1 : 0);
  if (counts) {
    EXPECT_EQ(next.state == JobState::failed, next.failures > config.max_retries);
  }
  if (next.state != JobState::pending) {
    EXPECT_EQ(next.next_start, WallTime{});
    return;
  }
  const auto longest = std::chrono::duration<double>(config.backoff_max).count();
  EXPECT_GE(pause(next), 0s);
  EXPECT_LE(std::chrono::duration<double>(pause(next)).count(),
            longest * (1 + config.backoff_jitter * jitter) + 1e-6);
  const Next unlucky = after_attempt(job, end, config, kNow, 0.999);
  EXPECT_LE(next.next_start, unlucky.next_start);
}

TEST(AfterAttempt, HoldsItsPropertiesInAllCorners) {
  std::vector<AttemptEnd> ends(std::begin(kFailures), std::end(kFailures));
  ends.insert(ends.end(), {kSuccess, kLost, kShutDown});
  Config config;
  for (const std::uint32_t retries : {0u, 3u, 1'000'000u}) {
    config.max_retries = retries;
    for (const nanoseconds base : {nanoseconds(0), nanoseconds(1us), nanoseconds(87600h)}) {
      config.backoff_base = base;
      for (const nanoseconds longest : {nanoseconds(0), nanoseconds(1s), nanoseconds(87600h)}) {
        config.backoff_max = longest;
        for (const double mult : {0.0, 0.5, 1.0, 1000.0}) {
          config.backoff_mult = mult;
          config.backoff_jitter = mult > 1 ? 1 : mult;
          for (const std::uint32_t failures : {0u, 2u, 3u, 999'999u, 1'000'000u}) {
            for (const AttemptEnd& end : ends) {
              for (const double jitter : {0.0, 0.3, 0.999}) {
                check_properties(running(failures, failures % kMaxLostInRow), end, config, jitter);
              }
            }
          }
        }
      }
    }
  }
}

// ---- What may start, and when.

Job waiting() {
  Job job;
  job.name = "job";
  job.submitted = true;
  job.content_size = 1;
  return job;
}

TEST(Startable, IsAFinishedSubmittedPendingJob) {
  EXPECT_TRUE(is_startable(waiting()));
  for (const JobState state : {JobState::active, JobState::failed, JobState::complete}) {
    Job job = waiting();
    job.state = state;
    EXPECT_FALSE(is_startable(job)) << name_of(state);
  }
  Job job = waiting();
  job.submitted = false;
  EXPECT_FALSE(is_startable(job));
  job = waiting();
  job.content_size = 0;
  EXPECT_FALSE(is_startable(job));
  job = waiting();
  job.name = ".job.swp";
  EXPECT_FALSE(is_startable(job));
}

TEST(Startable, IsNotWhatIsStillBeingEnded) {
  Job job = waiting();
  job.last_attempt = Attempt{.number = 1};
  EXPECT_FALSE(is_startable(job));
  job.last_attempt->end = kFailure;
  EXPECT_TRUE(is_startable(job));
}

TEST(DueTime, IsTheLaterOfBackOffAndModification) {
  Job job = waiting();
  job.modified = kNow;
  EXPECT_EQ(due_time(job), kNow);
  job.next_start = kNow + 1s;
  EXPECT_EQ(due_time(job), kNow + 1s);
  job.modified = kNow + 1h;
  EXPECT_EQ(due_time(job), kNow + 1h);
}

}  // namespace
}  // namespace bobbin
