// SPDX-License-Identifier: Apache-2.0
#include "jobs/job.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

#include "jobs/store.h"

namespace bobbin {
namespace {

using namespace std::chrono_literals;

TEST(JobState, HasTheNameOfItsDirectory) {
  std::string names;
  for (const JobState state : kJobStates) names += std::string(name_of(state)) + " ";
  EXPECT_EQ(names, "pending active failed complete ");
  EXPECT_EQ(directory_of(JobState::pending), FixedNode::pending);
  EXPECT_EQ(directory_of(JobState::active), FixedNode::active);
  EXPECT_EQ(directory_of(JobState::failed), FixedNode::failed);
  EXPECT_EQ(directory_of(JobState::complete), FixedNode::complete);
}

TEST(AttemptEnd, OnlyExitStatusZeroSucceeds) {
  EXPECT_TRUE(succeeded({EndKind::exited, 0}));
  EXPECT_FALSE(succeeded({EndKind::exited, 1}));
  for (const EndKind kind :
       {EndKind::signalled, EndKind::timed_out, EndKind::killed, EndKind::output_limit,
        EndKind::could_not_start, EndKind::lost, EndKind::shut_down}) {
    EXPECT_FALSE(succeeded({kind, 0}));
  }
}

std::string text(EndKind kind, int value = 0, std::chrono::nanoseconds timeout = 0s) {
  return describe({kind, value}, timeout);
}

TEST(Describe, SaysHowAnAttemptEnded) {
  EXPECT_EQ(text(EndKind::exited, 127), "exit status 127");
  EXPECT_EQ(text(EndKind::signalled, SIGKILL), "signal: killed");
  EXPECT_EQ(text(EndKind::timed_out, 0, 5s), "timeout after 5s");
  EXPECT_EQ(text(EndKind::killed, 1000), "killed by user 1000");
  EXPECT_EQ(text(EndKind::killed, static_cast<int>(4294967294u)), "killed by user 4294967294");
  EXPECT_EQ(text(EndKind::output_limit), "output limit reached");
  EXPECT_EQ(text(EndKind::could_not_start, ENOENT), "could not start: No such file or directory");
  EXPECT_EQ(text(EndKind::could_not_start, 9999), "could not start: error 9999");
  EXPECT_EQ(text(EndKind::lost), "lost: the process that ran it died");
  EXPECT_EQ(text(EndKind::shut_down), "shut down");
}

TEST(Describe, NamesSignalsAsGoDoes) {
  const std::pair<int, const char*> names[] = {
      {SIGHUP, "hangup"},
      {SIGINT, "interrupt"},
      {SIGQUIT, "quit"},
      {SIGILL, "illegal instruction"},
      {SIGTRAP, "trace/breakpoint trap"},
      {SIGABRT, "aborted"},
      {SIGBUS, "bus error"},
      {SIGFPE, "floating point exception"},
      {SIGKILL, "killed"},
      {SIGUSR1, "user defined signal 1"},
      {SIGSEGV, "segmentation fault"},
      {SIGUSR2, "user defined signal 2"},
      {SIGPIPE, "broken pipe"},
      {SIGALRM, "alarm clock"},
      {SIGTERM, "terminated"},
      {31, "signal 31"},
      {64, "signal 64"},
      {0, "signal 0"},
      {-1, "signal -1"},
  };
  for (const auto& [signal, name] : names) {
    EXPECT_EQ(text(EndKind::signalled, signal), std::string("signal: ") + name);
  }
}

TEST(Describe, WritesTimesShort) {
  const std::pair<std::chrono::nanoseconds, const char*> times[] = {{250ms, "250ms"},
                                                                    {1ms, "1ms"},
                                                                    {1500us, "1.5ms"},
                                                                    {1us, "1us"},
                                                                    {20ns, "0.02us"},
                                                                    {1s, "1s"},
                                                                    {1500ms, "1.5s"},
                                                                    {59'999'999us, "59.999999s"},
                                                                    {60s, "1m"},
                                                                    {90s, "1m30s"},
                                                                    {3600s, "1h"},
                                                                    {3605s, "1h5s"},
                                                                    {7325250ms, "2h2m5.25s"},
                                                                    {87600h, "87600h"}};
  for (const auto& [time, written] : times) {
    EXPECT_EQ(text(EndKind::timed_out, 0, time), std::string("timeout after ") + written);
  }
  EXPECT_EQ(text(EndKind::timed_out, 0, 0s), "timeout");
}

}  // namespace
}  // namespace bobbin
