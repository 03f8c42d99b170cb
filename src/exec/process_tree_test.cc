// SPDX-License-Identifier: Apache-2.0
#include "exec/process_tree.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "exec/spawn.h"
#include "exec/test_job.h"

namespace bobbin {
namespace {

bool holds(const std::vector<Process>& processes, pid_t pid) {
  return std::any_of(processes.begin(), processes.end(),
                     [pid](const Process& process) { return process.pid == pid; });
}

TEST(LookUp, ReadsWhatTheKernelSays) {
  const auto self = look_up(::getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_TRUE(self->is_alive);
  EXPECT_GT(self->started, 0u);
  EXPECT_FALSE(look_up(0));
}

TEST(LookUp, IsNotFooledByAName) {
  char old_name[16] = {};
  ASSERT_EQ(::prctl(PR_GET_NAME, old_name), 0);
  const auto before = look_up(::getpid());
  ::prctl(PR_SET_NAME, "x) Z 1 1 (y");
  const auto after = look_up(::getpid());
  ::prctl(PR_SET_NAME, old_name);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(after->parent, before->parent);
  EXPECT_EQ(after->started, before->started);
  EXPECT_TRUE(after->is_alive);
}

TEST(LookUp, KnowsAZombie) {
  Child child = spawn({.program = "true"}, {});
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT), 0);
  const auto zombie = look_up(child.pid());
  ASSERT_TRUE(zombie);
  EXPECT_FALSE(zombie->is_alive);
  EXPECT_TRUE(child.has_ended());
}

TEST(SendSignal, RefusesARecycledPid) {
  const Child child = spawn({.program = "sleep", .arguments = {"1000"}}, {});
  auto process = look_up(child.pid());
  ASSERT_TRUE(process);
  Process stranger = *process;
  stranger.started += 1;
  EXPECT_EQ(send_signal(stranger, SIGKILL), SignalResult::gone);
  EXPECT_EQ(send_signal(*process, 0), SignalResult::sent);
  EXPECT_FALSE(child.has_ended());
}

class Sources : public testing::TestWithParam<KinshipSource> {};

TEST_P(Sources, FindsDescendantsOfOneChildOnly) {
  TestPipe job_says;
  TestPipe other_says;
  const std::string script = "sh -c 'sleep 1000 & echo $! $$; wait' & echo $!; wait";
  const Child job = spawn(shell(script, job_says.write_fd()), {});
  const Child other = spawn(shell(script, other_says.write_fd()), {});
  const auto pid_in = [](const std::string& line, std::size_t at) {
    return std::stoi(line.substr(at));
  };
  std::vector<pid_t> ours;
  // Two lines, in any order: the middle one's pid, and the lowest with the middle one's.
  for (const std::string& line : {job_says.line(), job_says.line()})
    ours.push_back(pid_in(line, 0));
  std::vector<pid_t> theirs;
  for (const std::string& line : {other_says.line(), other_says.line()})
    theirs.push_back(pid_in(line, 0));

  const std::vector<Process> found = ProcessTree(job.pid(), GetParam()).living({other.pid()});
  EXPECT_TRUE(holds(found, job.pid()));
  for (const pid_t pid : ours) EXPECT_TRUE(holds(found, pid)) << pid;
  for (const pid_t pid : theirs) EXPECT_FALSE(holds(found, pid)) << pid;
  EXPECT_EQ(found.size(), 3u);
  EXPECT_EQ(found.front().pid, job.pid());

  const std::vector<pid_t> children = children_of(::getpid(), GetParam());
  EXPECT_EQ(std::count(children.begin(), children.end(), job.pid()), 1);
  for (const pid_t pid : ours) ::kill(pid, SIGKILL);
  for (const pid_t pid : theirs) ::kill(pid, SIGKILL);
}

INSTANTIATE_TEST_SUITE_P(All, Sources,
                         testing::Values(KinshipSource::automatic, KinshipSource::children_files,
                                         KinshipSource::all_processes));

TEST(TicksNow, IsTheKernelsClock) {
  const std::uint64_t before = ticks_now();
  const Child child = spawn({.program = "sleep", .arguments = {"1000"}}, {});
  const auto process = look_up(child.pid());
  ASSERT_TRUE(process);
  EXPECT_LE(before, process->started);
  EXPECT_LE(process->started, ticks_now());
}

}  // namespace
}  // namespace bobbin
