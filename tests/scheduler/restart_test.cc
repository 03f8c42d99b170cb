// SPDX-License-Identifier: Apache-2.0
// kill -9: the daemon is a process here, the next one this test.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <vector>

#include "exec/process_tree.h"
#include "test_queue.h"

namespace bobbin {
namespace {

class RestartTest : public testing::Test {
 protected:
  RestartTest() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

  // Runs these jobs as another process would, which is killed at the first line from a job.
  void live_until_first_line(const std::vector<std::string>& contents) {
    const pid_t daemon = ::fork();
    if (daemon == 0) {
      TestQueue queue(directory_);
      queue.prepare();
      for (const std::string& content : contents) queue.submit(content);
      queue.run();
      ::_exit(0);
    }
    line_ = pipe_.line();
    // The slots are the children of the daemon, and ours afterwards.
    slots_ = children_of(daemon);
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);
  }
  std::size_t lines_of(const std::string& file) {
    const std::string text = directory_.read(file);
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  void wait_for_slots() {
    for (const pid_t slot : slots_) ::waitpid(slot, nullptr, 0);
  }

  TestDirectory directory_;
  JobPipe pipe_{directory_.path("pipe")};
  std::string line_;
  std::vector<pid_t> slots_;
  const std::string up_ = "exec 3>" + pipe_.path() + "; echo >>ran; echo up >&3; ";
};

constexpr JobNumber kFirst{1};

TEST_F(RestartTest, AJobThatStillRunsIsWatchedToItsEnd) {
  live_until_first_line({up_ + "until test -e go; do sleep 0.01; done; echo done"});
  EXPECT_EQ(line_, "up");
  TestQueue queue(directory_);
  queue.start();
  ASSERT_EQ(queue.store().find(kFirst)->state, JobState::active);
  EXPECT_EQ(queue.log_of(kFirst).substr(0, 4), ">>> ") << "its log can be read meanwhile";
  directory_.write("go", "");
  ASSERT_TRUE(queue.wait_for(kFirst, JobState::complete));
  EXPECT_EQ(lines_of("ran"), 1u);
  EXPECT_EQ(queue.store().find(kFirst)->last_attempt->number, 1u);
  const std::string log = queue.log_of(kFirst);
  EXPECT_EQ(log.substr(log.size() - 5), "done\n");
}

TEST_F(RestartTest, AnEndInBetweenIsFoundOut) {
  live_until_first_line({up_ + "until test -e go; do sleep 0.01; done; exit 5"});
  directory_.write("go", "");
  wait_for_slots();
  TestQueue queue(directory_);
  queue.configure([](Config& config) { config.max_retries = 0; });
  queue.start();
  ASSERT_TRUE(queue.wait_for(kFirst, JobState::failed));
  EXPECT_EQ(lines_of("ran"), 1u);
  EXPECT_EQ(queue.store().find(kFirst)->last_attempt->end, (AttemptEnd{EndKind::exited, 5}));
}

TEST_F(RestartTest, ALargeLogInBetweenIsFound) {
  live_until_first_line({up_ + "until test -e go; do sleep 0.01; done; yes | head -n 9000"});
  directory_.write("go", "");
  wait_for_slots();
  TestQueue queue(directory_);
  queue.start();
  ASSERT_TRUE(queue.wait_for(kFirst, JobState::complete));
  EXPECT_GT(queue.log_of(kFirst).size(), 18'000u);
}

TEST_F(RestartTest, ASlotThatDiedInBetweenLosesItsJob) {
  live_until_first_line({up_ + "test $FILED_ATTEMPT = 2 || sleep 1000"});
  ASSERT_FALSE(slots_.empty());
  for (const pid_t slot : slots_) ::kill(slot, SIGKILL);
  wait_for_slots();
  TestQueue queue(directory_);
  queue.start();
  ASSERT_TRUE(queue.wait_for(kFirst, JobState::complete));
  EXPECT_TRUE(pipe_.is_deserted());
  EXPECT_EQ(lines_of("ran"), 2u);
  EXPECT_EQ(queue.store().find(kFirst)->last_attempt->number, 2u);
  EXPECT_EQ(queue.store().find(kFirst)->failures, 0u);
}

TEST_F(RestartTest, AJobThatWasRemovedMeanwhileIsEnded) {
  live_until_first_line({up_ + "sleep 1000"});
  TestQueue queue(directory_);
  queue.store().remove(kFirst, 0, std::chrono::system_clock::now());
  queue.start();
  EXPECT_TRUE(pipe_.is_deserted());
}

TEST_F(RestartTest, WhatStillRunsCountsAndIsEndedOnStopping) {
  live_until_first_line({up_ + "sleep 1000"});
  TestQueue queue(directory_);
  queue.configure([](Config& config) { config.max_job_count = 1; });
  const JobNumber second = queue.submit("true");
  queue.start();
  queue.stop();
  EXPECT_TRUE(pipe_.is_deserted());
  EXPECT_EQ(queue.store().find(second)->state, JobState::pending);
  EXPECT_EQ(queue.store().find(kFirst)->state, JobState::pending);
  EXPECT_EQ(queue.store().find(kFirst)->last_attempt->end, (AttemptEnd{EndKind::shut_down, 0}));
}

TEST_F(RestartTest, ManyJobsEachRunOnce) {
  std::vector<std::string> contents(40, "echo $FILED_JOB >>ran");
  contents.emplace_back("echo up >" + pipe_.path());
  live_until_first_line(contents);
  TestQueue queue(directory_);
  queue.start();
  for (std::uint64_t number = 1; number <= contents.size(); ++number) {
    const auto job = queue.store().find(JobNumber{number});
    ASSERT_TRUE(job);
    ASSERT_TRUE(job->state == JobState::complete ||
                queue.wait_for(JobNumber{number}, JobState::complete))
        << number;
  }
  EXPECT_EQ(lines_of("ran"), 40u);
}

}  // namespace
}  // namespace bobbin
