// SPDX-License-Identifier: Apache-2.0
#include "exec/service.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>

#include "exec/test_job.h"

namespace bobbin {
namespace {

// What a shell of that environment and with these descriptors says to the first of them.
std::string output_of(const std::string& script, const Environment& environment, TestPipe& pipe,
                      std::vector<int> more = {}) {
  std::vector<int> descriptors{pipe.write_fd()};
  descriptors.insert(descriptors.end(), more.begin(), more.end());
  const pid_t pid = start_service({.program = "/bin/sh",
                                   .arguments = {"-c", script + " >&3"},
                                   .environment = &environment,
                                   .descriptors = descriptors});
  std::string text = pipe.rest();
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
  return text;
}

Environment with_path() {
  Environment environment;
  environment.set("PATH", "/usr/bin:/bin");
  return environment;
}

TEST(Service, HasItsDescriptorsAndNoOthers) {
  TestPipe pipe;
  TestPipe kept_open;
  TestPipe other;
  ::fcntl(kept_open.write_fd(), F_SETFD, 0);  // as a library may leave one
  // The shell's own 1 is what is written to, and ls opens the directory.
  EXPECT_EQ(output_of("exec ls /proc/self/fd", with_path(), pipe, {other.read_fd()}),
            "0\n1\n2\n3\n4\n5\n");
}

// The places to be filled may hold what is to be placed elsewhere.
TEST(Service, PlacesDescriptorsInAnyOrder) {
  TestPipe pipe;
  TestPipe one;
  TestPipe two;
  const int low = std::min(one.write_fd(), two.write_fd());
  const int high = std::max(one.write_fd(), two.write_fd());
  EXPECT_EQ(output_of("echo to four >&4; echo to five >&5; echo", with_path(), pipe, {high, low}),
            "\n");
  EXPECT_EQ((low == one.write_fd() ? two : one).rest(), "to four\n");
  EXPECT_EQ((low == one.write_fd() ? one : two).rest(), "to five\n");
}

TEST(Service, HasASessionOfItsOwnAndNoSignalBlocked) {
  TestPipe pipe;
  sigset_t all;
  sigset_t old;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &old);
  const auto old_pipe = ::signal(SIGPIPE, SIG_IGN);
  const std::string text =
      output_of("exec grep -e SigBlk -e ^NSsid /proc/self/status", with_path(), pipe);
  ::signal(SIGPIPE, old_pipe);
  ::sigprocmask(SIG_SETMASK, &old, nullptr);
  EXPECT_NE(text.find("SigBlk:\t0000000000000000\n"), std::string::npos);
  EXPECT_EQ(text.find("NSsid:\t" + std::to_string(::getsid(0)) + "\n"), std::string::npos);
}

TEST(Service, HasExactlyTheEnvironment) {
  TestPipe pipe;
  Environment environment;
  environment.set("ONLY", "this");
  EXPECT_EQ(output_of("exec /usr/bin/env", environment, pipe),
            "ONLY=this\nPWD=" + std::filesystem::current_path().string() + "\n");
}

TEST(Service, FailsWithTheErrno) {
  const Environment environment;
  try {
    start_service({.program = "/no/such/program", .environment = &environment});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.system_errno(), ENOENT);
  }
  EXPECT_THROW(
      start_service(
          {.program = "/bin/true", .environment = &environment, .descriptors = {1'000'000}}),
      Error);
}

}  // namespace
}  // namespace bobbin
