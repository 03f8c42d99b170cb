// SPDX-License-Identifier: Apache-2.0
// How Supervisor ends a job with all that it has started.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>

#include "exec/supervisor.h"
#include "exec/test_job.h"

namespace bobbin {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

class TreeEnd : public testing::Test {
 protected:
  void SetUp() override { stop_signals_by_default(); }
};

// Ends a job as soon as it has said a line: its deadline has passed by then.
constexpr nanoseconds kAtOnce{1};
constexpr nanoseconds kLong = std::chrono::hours(1);

// The command name is one that no other test greps for; every descendant holds the pipe.
constexpr const char* kSetsid = "setsid sh -c 'echo ready; exec sleep 1000' & wait";
constexpr const char* kDaemon =
    "(setsid sh -c '(sh -c \"echo ready; exec sleep 1000\" &) ; exit 0' &) ; exec sleep 1000";

Outcome run_until_line(Supervisor& supervisor, TestPipe& says, const std::string& script,
                       const StopPolicy& policy) {
  return supervisor.run(shell(script, says.write_fd()), policy, [&] { says.line(); });
}

void tell_self(int signal) { ::kill(::getpid(), signal); }

TEST_F(TreeEnd, TimeoutKillsTheJob) {
  Supervisor supervisor;
  TestPipe held;
  const Command command{.program = "sleep", .arguments = {"1000"}, .stdout_fd = held.write_fd()};
  EXPECT_EQ(supervisor.run(command, {.timeout = std::chrono::milliseconds(20)}),
            Outcome(TimedOut{}));
  EXPECT_TRUE(held.is_deserted());
}

TEST_F(TreeEnd, TimeoutZeroKillsAtOnce) {
  Supervisor supervisor;
  const Command command{.program = "sleep", .arguments = {"1000"}};
  EXPECT_EQ(supervisor.run(command, {.timeout = nanoseconds{0}}), Outcome(TimedOut{}));
}

TEST_F(TreeEnd, TimeoutKillsAGrandchildInItsOwnSession) {
  Supervisor supervisor;
  TestPipe says;
  EXPECT_EQ(run_until_line(supervisor, says, kSetsid, {.timeout = kAtOnce}), Outcome(TimedOut{}));
  EXPECT_TRUE(says.is_deserted());
}

TEST_F(TreeEnd, TimeoutKillsADaemon) {
  Supervisor supervisor;
  TestPipe says;
  EXPECT_EQ(run_until_line(supervisor, says, kDaemon, {.timeout = kAtOnce}), Outcome(TimedOut{}));
  EXPECT_TRUE(says.is_deserted());
}

TEST_F(TreeEnd, NothingIsLeftToReap) {
  Supervisor supervisor;
  TestPipe says;
  const std::string script = "sh -c 'echo $$; sleep 1000 & sleep 1000' & wait";
  pid_t pid = -1;
  supervisor.run(shell(script, says.write_fd()), {.timeout = kAtOnce},
                 [&] { pid = std::stoi(says.line()); });
  EXPECT_FALSE(exists(pid));
}

TEST_F(TreeEnd, TimeoutKillsAForkingTree) {
  Supervisor supervisor;
  TestPipe says;
  // Two processes that do nothing but start others, and a chain that lets go of each link.
  const std::string script =
      "fork() { while :; do sleep 1000 & sh -c 'sleep 1000 & wait' & sleep 0.01; done; };"
      "chain() { (sleep 0.001; chain) & }; fork & fork & chain; sleep 0.1; echo ready; wait";
  EXPECT_EQ(run_until_line(supervisor, says, script, {.timeout = kAtOnce}), Outcome(TimedOut{}));
  EXPECT_TRUE(says.is_deserted());
}

TEST_F(TreeEnd, StoppedProcessesDieToo) {
  Supervisor supervisor;
  TestPipe says;
  const std::string script = "sh -c 'echo ready; kill -STOP $$' & kill -STOP $$";
  EXPECT_EQ(run_until_line(supervisor, says, script,
                           {.timeout = kAtOnce, .stop_signal = SIGTERM, .grace = kLong}),
            Outcome(TimedOut{}));
  EXPECT_TRUE(says.is_deserted());
}

TEST_F(TreeEnd, TrapRunsWithinGrace) {
  Supervisor supervisor;
  TestPipe says;
  // The clean-up starts a process of its own, which is not stopped.
  const std::string script =
      "trap 'sh -c \"echo cleaned\"; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
  EXPECT_EQ(run_until_line(supervisor, says, script,
                           {.timeout = kAtOnce, .stop_signal = SIGTERM, .grace = kLong}),
            Outcome(TimedOut{}));
  EXPECT_EQ(says.rest(), "cleaned\n");
}

TEST_F(TreeEnd, GraceEnds) {
  Supervisor supervisor;
  TestPipe says;
  const std::string script = "trap 'echo refused' TERM; echo ready; while :; do sleep 0.01; done";
  EXPECT_EQ(
      run_until_line(
          supervisor, says, script,
          {.timeout = kAtOnce, .stop_signal = SIGTERM, .grace = std::chrono::milliseconds(300)}),
      Outcome(TimedOut{}));
  EXPECT_EQ(says.rest(), "refused\n");
}

TEST_F(TreeEnd, GraceIsForTheDescendantsToo) {
  Supervisor supervisor;
  TestPipe says;
  const std::string script =
      "setsid sh -c 'trap \"sleep 0.1; echo cleaned; exit\" TERM; echo ready; while :; do sleep "
      "0.01; done' & "
      "wait";
  EXPECT_EQ(run_until_line(supervisor, says, script,
                           {.timeout = kAtOnce, .stop_signal = SIGTERM, .grace = kLong}),
            Outcome(TimedOut{}));
  EXPECT_EQ(says.rest(), "cleaned\n");
}

TEST_F(TreeEnd, FurtherStopSignalCutsTheGraceShort) {
  Supervisor supervisor;
  TestPipe says;
  const std::string script = "trap '' TERM; echo ready; kill -HUP " + std::to_string(::getpid()) +
                             "; kill -INT " + std::to_string(::getpid()) +
                             "; while :; do sleep 1; done";
  const StopPolicy policy{.stop_signal = SIGTERM, .grace = kLong};
  EXPECT_EQ(run_until_line(supervisor, says, script, policy), Outcome(Interrupted{SIGHUP}));
  EXPECT_TRUE(says.is_deserted());
}

TEST_F(TreeEnd, NormalEndLeavesBackgroundProcessesAlone) {
  Supervisor supervisor;
  TestPipe says;
  EXPECT_EQ(supervisor.run(shell("sleep 1000 & echo $!", says.write_fd()), {.timeout = kLong}),
            Outcome(Exited{0}));
  const pid_t orphan = std::stoi(says.line());
  EXPECT_TRUE(exists(orphan));
  // Nor does the end of a later job reach it, although it is our child now.
  TestPipe later;
  EXPECT_EQ(run_until_line(supervisor, later, kDaemon, {.timeout = kAtOnce}), Outcome(TimedOut{}));
  EXPECT_TRUE(later.is_deserted());
  EXPECT_TRUE(exists(orphan));
  ::kill(orphan, SIGKILL);
  EXPECT_TRUE(says.is_deserted());
  // It is reaped with the next occasion.
  while (exists(orphan)) supervisor.run({.program = "true"}, {});
}

TEST_F(TreeEnd, ProcessesBesideTheJobSurvive) {
  Supervisor supervisor;
  TestPipe decoder_says;
  TestPipe says;
  Child decoder = supervisor.spawn(shell("sleep 1000 & echo $!; wait", decoder_says.write_fd()));
  const pid_t below = std::stoi(decoder_says.line());
  EXPECT_EQ(run_until_line(supervisor, says, kDaemon, {.timeout = kAtOnce}), Outcome(TimedOut{}));
  EXPECT_FALSE(decoder.has_ended());
  EXPECT_TRUE(exists(below));
  ::kill(below, SIGKILL);
  EXPECT_EQ(supervisor.wait(std::move(decoder), {}), Outcome(Exited{0}));
}

TEST_F(TreeEnd, StopSignalEndsTheTree) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    Supervisor supervisor;
    TestPipe says;
    const auto while_running = [&] {
      says.line();
      tell_self(signal);
    };
    EXPECT_EQ(supervisor.run(shell(kDaemon, says.write_fd()), {}, while_running),
              Outcome(Interrupted{signal}));
    EXPECT_TRUE(says.is_deserted());
    EXPECT_EQ(supervisor.stop_requested(), signal);
  }
}

TEST_F(TreeEnd, StopSignalFromTheJobItself) {
  Supervisor supervisor;
  const std::string script = "kill -TERM " + std::to_string(::getpid()) + "; exec sleep 1000";
  EXPECT_EQ(supervisor.run(shell(script), {}), Outcome(Interrupted{SIGTERM}));
}

TEST_F(TreeEnd, EarlierStopEndsALaterJob) {
  Supervisor supervisor;
  tell_self(SIGTERM);
  EXPECT_EQ(supervisor.stop_requested(), SIGTERM);
  EXPECT_EQ(supervisor.run({.program = "sleep", .arguments = {"1000"}}, {}),
            Outcome(Interrupted{SIGTERM}));
}

TEST_F(TreeEnd, DrainLetsTheJobFinish) {
  Supervisor supervisor;
  const std::string script = "kill -TERM " + std::to_string(::getpid()) + "; sleep 0.05; exit 4";
  EXPECT_EQ(supervisor.run(shell(script), {.drain = true}), Outcome(Exited{4}));
  EXPECT_EQ(supervisor.stop_requested(), SIGTERM);
}

TEST_F(TreeEnd, SecondStopEndsTheDrain) {
  Supervisor supervisor;
  TestPipe held;
  const std::string self = std::to_string(::getpid());
  const std::string script = "kill -HUP " + self + "; kill -INT " + self + "; exec sleep 1000";
  EXPECT_EQ(supervisor.run(shell(script, held.write_fd()), {.drain = true}),
            Outcome(Interrupted{SIGHUP}));
  EXPECT_TRUE(held.is_deserted());
}

TEST_F(TreeEnd, TimeoutHoldsWhileDraining) {
  Supervisor supervisor;
  tell_self(SIGTERM);
  const Command command{.program = "sleep", .arguments = {"1000"}};
  EXPECT_EQ(supervisor.run(command, {.timeout = std::chrono::milliseconds(20), .drain = true}),
            Outcome(TimedOut{}));
}

}  // namespace
}  // namespace bobbin
