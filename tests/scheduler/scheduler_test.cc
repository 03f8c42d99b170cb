// SPDX-License-Identifier: Apache-2.0
// Running jobs; what a crash leaves is in restart_test.cc.
#include <gtest/gtest.h>
#include <signal.h>

#include "test_queue.h"

namespace bobbin {
namespace {

class SchedulerTest : public testing::Test {
 protected:
  TestDirectory directory_;
  TestQueue queue_{directory_};
};

TEST_F(SchedulerTest, RunsAJob) {
  queue_.start();
  const JobNumber job = queue_.submit("echo hello; echo $FILED_ATTEMPT $FILED_QUEUE >&2");
  ASSERT_TRUE(queue_.wait_for(job, JobState::complete));
  EXPECT_EQ(queue_.log_of(job),
            ">>> echo hello; echo $FILED_ATTEMPT $FILED_QUEUE >&2\nhello\n1 "
            "/the/queue\n");
  const auto found = queue_.store().find(job);
  ASSERT_TRUE(found && found->last_attempt);
  EXPECT_GT(found->last_attempt->pid, 0);
  EXPECT_GE(found->last_attempt->ended, found->last_attempt->started);
}

TEST_F(SchedulerTest, TriesAgainAndGivesUp) {
  queue_.configure([](Config& config) { config.max_retries = 2; });
  queue_.start();
  const JobNumber job = queue_.submit("exit 3");
  ASSERT_TRUE(queue_.wait_for(job, JobState::failed));
  const std::string once = ">>> exit 3\n\n\n[System Error]: exit status 3\n";
  EXPECT_EQ(queue_.log_of(job), once + once + once);
  EXPECT_EQ(queue_.store().find(job)->last_attempt->number, 3u);
}

TEST_F(SchedulerTest, KeepsLargeLogsOfAllAttempts) {
  queue_.configure([](Config& config) { config.max_retries = 1; });
  queue_.start();
  const JobNumber job = queue_.submit("yes | head -n 5000; exit 1");
  ASSERT_TRUE(queue_.wait_for(job, JobState::failed));
  const std::string end = "\n\n[System Error]: exit status 1\n";
  EXPECT_EQ(queue_.log_of(job).size(),
            2 * (std::string(">>> yes | head -n 5000; exit 1\n").size() + 10000 + end.size()));
}

TEST_F(SchedulerTest, RunsManyJobsInFewSlots) {
  queue_.start();
  constexpr std::size_t kMany = 200;  // more than the records of all slots
  for (std::size_t i = 0; i < kMany; ++i) queue_.submit("true");
  EXPECT_TRUE(queue_.changes().wait_for(
      [](const Change& change) { return change.to == JobState::complete; }, kMany));
}

TEST_F(SchedulerTest, WaitsForTheTimeOfAJob) {
  queue_.start();
  const WallTime start = std::chrono::system_clock::now();
  const auto delay = std::chrono::milliseconds(50);
  const JobNumber job = queue_.submit("true", delay);
  ASSERT_TRUE(queue_.wait_for(job, JobState::complete));
  EXPECT_GE(queue_.store().find(job)->last_attempt->started, start + delay);
}

TEST_F(SchedulerTest, EndsAJobThatIsRemoved) {
  JobPipe pipe(directory_.path("pipe"));
  queue_.start();
  const JobNumber job =
      queue_.submit("exec 3>" + pipe.path() + "; setsid sleep 1000 & echo up >&3; sleep 1000");
  ASSERT_EQ(pipe.line(), "up");
  queue_.store().remove(job, 0, std::chrono::system_clock::now());
  EXPECT_TRUE(pipe.is_deserted());
}

TEST_F(SchedulerTest, RunsAgainWhatIsMovedBack) {
  JobPipe pipe(directory_.path("pipe"));
  queue_.start();
  const JobNumber job = queue_.submit("exec 3>" + pipe.path() +
                                      "; echo $FILED_ATTEMPT >&3; test $FILED_ATTEMPT = 2 || "
                                      "sleep 1000");
  ASSERT_EQ(pipe.line(), "1");
  queue_.store().rename(job, {.to = JobState::pending, .name = "again", .replace = true, .by = 4},
                        std::chrono::system_clock::now());
  ASSERT_TRUE(queue_.wait_for(job, JobState::complete));
  bool was_killed = false;
  for (const Change& change : queue_.changes().all())
    was_killed = was_killed || change.end == AttemptEnd{EndKind::killed, 4};
  EXPECT_TRUE(was_killed);
}

TEST_F(SchedulerTest, TheLimitIsLive) {
  JobPipe pipe(directory_.path("pipe"));
  queue_.configure([](Config& config) { config.max_job_count = 1; });
  queue_.start();
  const std::string content = "echo up >" + pipe.path() + "; sleep 1000";
  const JobNumber first = queue_.submit(content);
  const JobNumber second = queue_.submit(content);
  EXPECT_EQ(pipe.line(), "up");
  EXPECT_EQ(queue_.store().find(second)->state, JobState::pending);
  queue_.configure([](Config& config) { config.max_job_count = 2; });
  EXPECT_TRUE(queue_.wait_for(second, JobState::active));
  queue_.configure([](Config& config) { config.max_job_count = 0; });
  EXPECT_EQ(queue_.store().find(first)->state, JobState::active) << "what runs goes on";
}

TEST_F(SchedulerTest, NewSettingsHoldForTheNextStart) {
  queue_.start();
  ASSERT_TRUE(queue_.wait_for(queue_.submit("true"), JobState::complete));
  queue_.configure([](Config& config) { config.environment = {{"WORD", "new"}}; });
  const JobNumber job = queue_.submit("echo $WORD");
  ASSERT_TRUE(queue_.wait_for(job, JobState::complete));
  EXPECT_EQ(queue_.log_of(job), ">>> echo $WORD\nnew\n");
}

TEST_F(SchedulerTest, AJobWhoseSlotDiesIsLostAndRunsAgain) {
  queue_.start();
  // The second attempt says whether anything of the first is left.
  const JobNumber job = queue_.submit(
      "if test $FILED_ATTEMPT = 1; then setsid sleep 1000 & echo $! >left; echo said; "
      "until test -e go; do sleep 0.01; done; kill -9 $PPID; sleep 1000; fi; "
      "kill -0 $(cat left) || echo gone");
  ASSERT_TRUE(queue_.wait_for_process(job));
  directory_.write("go", "");
  ASSERT_TRUE(queue_.wait_for(job, JobState::complete));
  ASSERT_TRUE(queue_.wait_for_end(job, 1));
  for (const Change& change : queue_.changes().all()) {
    if (change.attempt == 1 && change.end) {
      EXPECT_EQ(change.end->kind, EndKind::lost);
    }
  }
  EXPECT_EQ(queue_.store().find(job)->failures, 0u);
  const std::string log = queue_.log_of(job);
  EXPECT_NE(log.find("said\n"), std::string::npos) << log;
  EXPECT_NE(log.find("gone\n"), std::string::npos) << log;
}

TEST_F(SchedulerTest, StoppingEndsJobsWithoutCountingThem) {
  JobPipe pipe(directory_.path("pipe"));
  queue_.start();
  const JobNumber running = queue_.submit("exec 3>" + pipe.path() + "; echo up >&3; sleep 1000");
  ASSERT_EQ(pipe.line(), "up");
  queue_.configure([](Config& config) { config.max_job_count = 1; });
  const JobNumber waiting = queue_.submit("true");
  queue_.stop();
  EXPECT_EQ(queue_.drained(), 1);
  EXPECT_TRUE(pipe.is_deserted());
  const auto job = queue_.store().find(running);
  EXPECT_EQ(job->state, JobState::pending);
  EXPECT_EQ(job->failures, 0u);
  EXPECT_EQ(job->last_attempt->end, (AttemptEnd{EndKind::shut_down, 0}));
  EXPECT_EQ(queue_.store().find(waiting)->state, JobState::pending);
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path("state.d/slots")));

  queue_.configure([](Config& config) { config.max_job_count = 2; });
  queue_.start();
  EXPECT_TRUE(queue_.wait_for(waiting, JobState::complete));
  EXPECT_TRUE(queue_.changes().wait_for([&](const Change& change) {
    return change.number == running && change.to == JobState::active && change.attempt == 2;
  }));
}

TEST_F(SchedulerTest, WithoutASlotNothingIsTaken) {
  testing::internal::CaptureStderr();
  queue_.start(directory_.path("no-such-program"));
  const JobNumber job = queue_.submit("true");
  queue_.stop();
  EXPECT_EQ(queue_.store().find(job)->state, JobState::pending);
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace bobbin
