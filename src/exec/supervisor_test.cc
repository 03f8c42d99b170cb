// SPDX-License-Identifier: Apache-2.0
// Running, waiting and signals; how a job is ended is in tree_end_test.cc.
#include "exec/supervisor.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>

#include "exec/process_tree.h"
#include "exec/test_job.h"

namespace bobbin {
namespace {

using std::chrono::steady_clock;

class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override { stop_signals_by_default(); }
};

TEST_F(SupervisorTest, ReportsTheOutcome) {
  Supervisor supervisor;
  EXPECT_EQ(supervisor.run({.program = "true"}, {}), Outcome(Exited{0}));
  EXPECT_EQ(supervisor.run(shell("exit 7"), {}), Outcome(Exited{7}));
  EXPECT_EQ(supervisor.run(shell("kill -9 $$"), {}), Outcome(Signalled{SIGKILL}));
  EXPECT_THROW(supervisor.run({.program = "bobbin-no-such-command"}, {}), Error);
}

TEST_F(SupervisorTest, CallsWhileRunningOnce) {
  Supervisor supervisor;
  TestPipe go;
  int calls = 0;
  Command command = shell("read word; test \"$word\" = go");
  command.stdin_fd = go.read_fd();
  const auto while_running = [&] {
    ++calls;
    ASSERT_EQ(::write(go.write_fd(), "go\n", 3), 3);
  };
  EXPECT_EQ(supervisor.run(command, {}, while_running), Outcome(Exited{0}));
  EXPECT_EQ(calls, 1);
}

TEST_F(SupervisorTest, JobIsKilledIfWhileRunningThrows) {
  Supervisor supervisor;
  TestPipe held;
  const Command command{.program = "sleep", .arguments = {"1000"}, .stdout_fd = held.write_fd()};
  const auto while_running = [] { throw std::runtime_error("no"); };
  EXPECT_THROW(supervisor.run(command, {}, while_running), std::runtime_error);
  EXPECT_TRUE(held.is_deserted());
}

TEST_F(SupervisorTest, RestoresWhatItTook) {
  const auto old_sigchld = ::signal(SIGCHLD, SIG_IGN);  // as some parents leave it
  sigset_t before;
  sigset_t after;
  ::sigprocmask(SIG_BLOCK, nullptr, &before);
  int was_subreaper = -1;
  ::prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper);
  {
    Supervisor supervisor;
    EXPECT_EQ(supervisor.run(shell("exit 3"), {}), Outcome(Exited{3}));
  }
  ::sigprocmask(SIG_BLOCK, nullptr, &after);
  EXPECT_EQ(::signal(SIGCHLD, old_sigchld), SIG_IGN);
  for (int signal = 1; signal < 32; ++signal) {
    EXPECT_EQ(::sigismember(&before, signal), ::sigismember(&after, signal)) << signal;
  }
  int is_subreaper = -1;
  ::prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper);
  EXPECT_EQ(is_subreaper, was_subreaper);
}

TEST_F(SupervisorTest, ChildrenHaveTheOldMask) {
  TestPipe before;
  TestPipe below;
  const std::string script = "grep SigBlk /proc/self/status";
  sigset_t old_mask;
  ::sigprocmask(SIG_BLOCK, nullptr, &old_mask);
  EXPECT_EQ(spawn(shell(script, before.write_fd()), {.signal_mask = old_mask}).wait(),
            Outcome(Exited{0}));
  Supervisor supervisor;
  EXPECT_EQ(supervisor.run(shell(script, below.write_fd()), {}), Outcome(Exited{0}));
  EXPECT_EQ(below.rest(), before.rest());
}

TEST_F(SupervisorTest, LosesNoWakeUp) {
  Supervisor supervisor;
  for (int count = 0; count < 2000; ++count) {
    ASSERT_EQ(supervisor.run({.program = "/bin/true"}, {}), Outcome(Exited{0}));
  }
}

TEST_F(SupervisorTest, WaitsForAChildThatHasEndedLongAgo) {
  Supervisor supervisor;
  Child decoder = supervisor.spawn(shell("exit 5"));
  // Its SIGCHLD is taken by the waits for others.
  while (!decoder.has_ended()) supervisor.run({.program = "true"}, {});
  supervisor.run({.program = "true"}, {});
  EXPECT_EQ(supervisor.sleep_until(steady_clock::now()), std::nullopt);
  EXPECT_EQ(supervisor.wait(std::move(decoder), {}), Outcome(Exited{5}));
}

TEST_F(SupervisorTest, ReapsOrphansBehindAHeldZombie) {
  Supervisor supervisor;
  const Child held = supervisor.spawn(shell("exit 5"));
  TestPipe says;
  // The orphan ends when its stdin does, which is while the second job runs.
  TestPipe orphan_stdin;
  Command leaves =
      shell("exec 3<&0; sh -c 'echo $$; read x' <&3 & echo >/dev/null", says.write_fd());
  leaves.stdin_fd = orphan_stdin.read_fd();
  EXPECT_EQ(supervisor.run(leaves, {}), Outcome(Exited{0}));
  const pid_t orphan = std::stoi(says.line());
  EXPECT_TRUE(exists(orphan));
  orphan_stdin.close_write();
  EXPECT_TRUE(says.is_deserted());
  while (exists(orphan)) supervisor.run({.program = "true"}, {});
  EXPECT_TRUE(held.has_ended());
}

TEST_F(SupervisorTest, HugeTimeoutIsNoTimeout) {
  Supervisor supervisor;
  const StopPolicy policy{.timeout = nanoseconds_of(UINT64_MAX),
                          .stop_signal = SIGTERM,
                          .grace = nanoseconds_of(UINT64_MAX)};
  EXPECT_EQ(supervisor.run({.program = "true"}, policy), Outcome(Exited{0}));
  const StopPolicy almost{.timeout =
                              std::chrono::nanoseconds::max() - std::chrono::hours(24 * 365 * 100)};
  EXPECT_EQ(supervisor.run({.program = "true"}, almost), Outcome(Exited{0}));
}

TEST_F(SupervisorTest, StopIsSeenAndRemembered) {
  Supervisor supervisor;
  EXPECT_EQ(supervisor.stop_requested(), std::nullopt);
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(supervisor.stop_requested(), SIGTERM);
  ::kill(::getpid(), SIGINT);
  EXPECT_EQ(supervisor.stop_requested(), SIGTERM);
  EXPECT_EQ(supervisor.sleep_until(SteadyTime::max()), SIGTERM);
  EXPECT_EQ(supervisor.wait_readable(0, std::nullopt), Readiness::stop);
}

TEST_F(SupervisorTest, IgnoredStopSignalStaysIgnored) {
  const auto old_handler = ::signal(SIGHUP, SIG_IGN);
  {
    Supervisor supervisor;
    ::kill(::getpid(), SIGHUP);
    EXPECT_EQ(supervisor.stop_requested(), std::nullopt);
  }
  ::signal(SIGHUP, old_handler);
}

TEST_F(SupervisorTest, SleepIsEndedByStopOnly) {
  Supervisor supervisor;
  EXPECT_EQ(supervisor.sleep_until(steady_clock::now() - std::chrono::hours(1)), std::nullopt);
  const std::string self = std::to_string(::getpid());
  // A child's end (SIGCHLD) comes first and does not end the sleep.
  Child child = supervisor.spawn(shell("sh -c 'exit 0'; (exit 0)& wait; kill -TERM " + self));
  EXPECT_EQ(supervisor.sleep_until(SteadyTime::max()), SIGTERM);
  EXPECT_EQ(child.wait(), Outcome(Exited{0}));
}

TEST_F(SupervisorTest, WaitReadable) {
  Supervisor supervisor;
  TestPipe pipe;
  EXPECT_EQ(supervisor.wait_readable(pipe.read_fd(), steady_clock::now()), Readiness::timed_out);
  Child child = supervisor.spawn(shell("exit 0"));
  while (!child.has_ended()) {
  }
  EXPECT_EQ(supervisor.wait_readable(pipe.read_fd(), steady_clock::now()), Readiness::timed_out);
  ASSERT_EQ(::write(pipe.write_fd(), "x", 1), 1);
  EXPECT_EQ(supervisor.wait_readable(pipe.read_fd(), std::nullopt), Readiness::readable);
}

TEST_F(SupervisorTest, WaitReadableSeesStop) {
  Supervisor supervisor;
  TestPipe pipe;
  Child child = supervisor.spawn(shell("kill -INT " + std::to_string(::getpid())));
  EXPECT_EQ(supervisor.wait_readable(pipe.read_fd(), std::nullopt), Readiness::stop);
  EXPECT_EQ(supervisor.stop_requested(), SIGINT);
  EXPECT_EQ(child.wait(), Outcome(Exited{0}));
}

}  // namespace
}  // namespace bobbin
