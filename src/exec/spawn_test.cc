// SPDX-License-Identifier: Apache-2.0
#include "exec/spawn.h"

#include <bobbin/error.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/io.h"
#include "exec/process_tree.h"
#include "exec/test_job.h"

namespace bobbin {
namespace {

// A private directory, and PATH as it was.
class Spawn : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "bobbin-spawn-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    path_ = std::getenv("PATH");
  }
  void TearDown() override {
    ::setenv("PATH", path_.c_str(), 1);
    ASSERT_EQ(std::system(("rm -rf " + directory_).c_str()), 0);
  }

  std::string make(const std::string& name, std::string_view content, mode_t mode = 0755) {
    const std::string path = directory_ + "/" + name;
    const Fd file =
        open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode, "cannot create " + path);
    write_all(file.get(), content, path);
    return path;
  }
  std::string make_directory(const std::string& name) {
    const std::string path = directory_ + "/" + name;
    EXPECT_EQ(::mkdir(path.c_str(), 0755), 0);
    return path;
  }
  void set_path(const std::string& path) { ::setenv("PATH", path.c_str(), 1); }

  std::string directory_;
  std::string path_;
};

int errno_of_start(const std::string& program, const SpawnContext& context = {}) {
  try {
    spawn({.program = program}, context);
  } catch (const Error& error) {
    return error.system_errno();
  }
  return 0;
}

std::string output_of(Command command, const SpawnContext& context = {}) {
  TestPipe pipe;
  command.stdout_fd = pipe.write_fd();
  Child child = spawn(command, context);
  const std::string text = pipe.rest();
  EXPECT_EQ(child.wait(), Outcome(Exited{0}));
  return text;
}

// One field of /proc/self/status as the child sees it.
std::string status_field(const std::string& name, const SpawnContext& context = {}) {
  const std::string text =
      output_of({.program = "cat", .arguments = {"/proc/self/status"}}, context);
  const std::size_t at = text.find(name + ":\t");
  return text.substr(at + name.size() + 2, text.find('\n', at) - at - name.size() - 2);
}

TEST_F(Spawn, ReportsHowItEnded) {
  EXPECT_EQ(spawn(shell("exit 0"), {}).wait(), Outcome(Exited{0}));
  EXPECT_EQ(spawn(shell("exit 255"), {}).wait(), Outcome(Exited{255}));
  EXPECT_EQ(spawn(shell("kill -SEGV $$"), {}).wait(), Outcome(Signalled{SIGSEGV}));
}

TEST_F(Spawn, FailsWithTheExactErrno) {
  EXPECT_EQ(errno_of_start("bobbin-no-such-command"), ENOENT);
  EXPECT_EQ(errno_of_start(""), ENOENT);
  EXPECT_EQ(errno_of_start("/etc/passwd/x"), ENOTDIR);
  EXPECT_EQ(errno_of_start("/"), EACCES);
  EXPECT_EQ(errno_of_start(make("plain", "text", 0644)), EACCES);
  EXPECT_EQ(errno_of_start(make("noformat", "echo no shell for this")), ENOEXEC);
  EXPECT_EQ(errno_of_start(make("nointerpreter", "#!/no/such\n")), ENOENT);
  const Command huge{.program = "true", .arguments = {std::string(200'000, 'x')}};
  try {
    spawn(huge, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.system_errno(), E2BIG);
  }
  const Command closed{.program = "true", .stdin_fd = 1'000'000};
  EXPECT_THROW(spawn(closed, {}), Error);
}

TEST_F(Spawn, SaysWhatToDo) {
  try {
    spawn({.program = "nosuchcommand"}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_STREQ(
        error.what(),
        "cannot start nosuchcommand: No such file or directory; is it installed and in PATH?");
  }
}

TEST_F(Spawn, RefusesNul) {
  const Command in_program{.program = std::string("tr\0ue", 5)};
  const Command in_parameter{.program = "true", .arguments = {std::string("\0", 1)}};
  EXPECT_THROW(spawn(in_program, {}), Error);
  EXPECT_THROW(spawn(in_parameter, {}), Error);
}

TEST_F(Spawn, SearchesPathAsExecvp) {
  const std::string first = make_directory("first");
  const std::string second = make_directory("second");
  make("second/tool", "#!/bin/sh\necho second\n");
  set_path(first + ":/no/such/directory:" + second);
  EXPECT_EQ(output_of({.program = "tool"}), "second\n");
  // What may not be run is passed over, and is the answer only if nothing else is found.
  make("first/tool", "#!/bin/sh\necho first\n", 0644);
  EXPECT_EQ(output_of({.program = "tool"}), "second\n");
  set_path(first + ":/no/such/directory");
  EXPECT_EQ(errno_of_start("tool"), EACCES);
  set_path(make("file", "") + ":/no/such/directory");
  EXPECT_EQ(errno_of_start("tool"), ENOENT);
  // A file that is no program ends the search.
  make("first/other", "no program");
  make("second/other", "#!/bin/sh\n");
  set_path(first + ":" + second);
  EXPECT_EQ(errno_of_start("other"), ENOEXEC);
}

TEST_F(Spawn, EmptyOrMissingPath) {
  EXPECT_EQ(ProgramPath::candidates(""), std::vector<std::string>{});
  EXPECT_EQ(ProgramPath::candidates("./x"), std::vector<std::string>{"./x"});
  set_path("/a::/b:");
  EXPECT_EQ(ProgramPath::candidates("x"), (std::vector<std::string>{"/a/x", "x", "/b/x", "x"}));
  set_path("");
  EXPECT_EQ(ProgramPath::candidates("x"), std::vector<std::string>{"x"});
  ::unsetenv("PATH");
  EXPECT_EQ(ProgramPath::candidates("x"), (std::vector<std::string>{"/bin/x", "/usr/bin/x"}));
}

TEST_F(Spawn, RemembersWhereAndLooksAgain) {
  const std::string first = make_directory("first");
  const std::string second = make_directory("second");
  const std::string tool = make("second/tool", "#!/bin/sh\necho second\n");
  set_path(first + ":" + second);
  ProgramPath paths;
  const SpawnContext context{.program_path = &paths};
  EXPECT_EQ(output_of({.program = "tool"}, context), "second\n");
  ASSERT_NE(paths.known("tool"), nullptr);
  EXPECT_EQ(*paths.known("tool"), tool);
  EXPECT_EQ(output_of({.program = "tool"}, context), "second\n");
  ASSERT_EQ(::unlink(tool.c_str()), 0);
  make("first/tool", "#!/bin/sh\necho first\n");
  EXPECT_EQ(output_of({.program = "tool"}, context), "first\n");
  ASSERT_EQ(::unlink((first + "/tool").c_str()), 0);
  EXPECT_EQ(errno_of_start("tool", context), ENOENT);
  EXPECT_EQ(paths.known("tool"), nullptr);
}

TEST_F(Spawn, LeaksNoDescriptor) {
  // Whoever started the tests may have left descriptors open for them; these are inherited.
  const Command list{.program = "ls", .arguments = {"/proc/self/fd"}};
  const std::string before = output_of(list);
  const Fd file = open_at(AT_FDCWD, "/dev/null", O_RDONLY, 0, "cannot open /dev/null");
  const TestPipe pipe;
  EXPECT_EQ(output_of(list), before);
}

TEST_F(Spawn, RedirectsAllThree) {
  TestPipe in;
  TestPipe err;
  write_all(in.write_fd(), "question", "the pipe");
  in.close_write();
  Command command = shell("cat; echo answer >&2");
  command.stdin_fd = in.read_fd();
  command.stderr_fd = err.write_fd();
  EXPECT_EQ(output_of(command), "question");
  EXPECT_EQ(err.rest(), "answer\n");
}

// The tests above use high descriptors; a caller may as well hold the child's stdin as its own 1.
TEST_F(Spawn, SwapsLowDescriptors) {
  TestPipe in;
  TestPipe out;
  write_all(in.write_fd(), "swapped", "the pipe");
  in.close_write();
  const Fd old_stdin(::fcntl(0, F_DUPFD_CLOEXEC, 3));
  const Fd old_stdout(::fcntl(1, F_DUPFD_CLOEXEC, 3));
  ASSERT_EQ(::dup3(out.write_fd(), 0, O_CLOEXEC), 0);
  ASSERT_EQ(::dup3(in.read_fd(), 1, O_CLOEXEC), 1);
  Child child = spawn({.program = "cat", .stdin_fd = 1, .stdout_fd = 0}, {});
  const Outcome outcome = child.wait();
  // The same one at its own place: only its close-on-exec is in the way.
  Child same = spawn({.program = "sh", .arguments = {"-c", "echo same >&0"}, .stdin_fd = 0}, {});
  const Outcome same_outcome = same.wait();
  ::dup2(old_stdin.get(), 0);
  ::dup2(old_stdout.get(), 1);
  EXPECT_EQ(outcome, Outcome(Exited{0}));
  EXPECT_EQ(same_outcome, Outcome(Exited{0}));
  EXPECT_EQ(out.rest(), "swappedsame\n");
}

TEST_F(Spawn, ChildHasTheGivenMaskAndDefaultSigpipe) {
  const auto old_handler = ::signal(SIGPIPE, SIG_IGN);
  sigset_t all;
  sigset_t old_mask;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &old_mask);
  const std::string blocked = status_field("SigBlk");
  const std::string ignored = status_field("SigIgn");
  SpawnContext context;
  ::sigaddset(&context.signal_mask, SIGUSR1);
  const std::string given = status_field("SigBlk", context);
  ::sigprocmask(SIG_SETMASK, &old_mask, nullptr);
  ::signal(SIGPIPE, old_handler);
  EXPECT_EQ(blocked, "0000000000000000");
  EXPECT_EQ(std::stoull(ignored, nullptr, 16) & (1ull << (SIGPIPE - 1)), 0u);
  EXPECT_EQ(given, "0000000000000200");
}

TEST_F(Spawn, PassesExactlyTheEnvironment) {
  Environment environment;
  environment.set("B", "2");
  environment.set("A", "1");
  EXPECT_EQ(output_of({.program = "env", .environment = &environment}), "A=1\nB=2\n");
}

TEST_F(Spawn, StaysInOurProcessGroup) {
  Child child = spawn(shell("kill -STOP $$"), {});
  EXPECT_EQ(::getpgid(child.pid()), ::getpgrp());
  EXPECT_EQ(::getsid(child.pid()), ::getsid(0));
}

TEST_F(Spawn, DroppedChildIsKilledAndReaped) {
  ChildSet set;
  pid_t pid = -1;
  {
    const Child child = spawn({.program = "sleep", .arguments = {"1000"}}, {.children = &set});
    pid = child.pid();
    EXPECT_TRUE(set.contains(pid));
  }
  EXPECT_FALSE(exists(pid));
  EXPECT_FALSE(set.contains(pid));
}

TEST_F(Spawn, MovedChildIsOneChild) {
  ChildSet set;
  Child first = spawn(shell("exit 1"), {.children = &set});
  Child second = spawn(shell("exit 2"), {.children = &set});
  first = std::move(second);
  EXPECT_EQ(set.pids().size(), 1u);
  EXPECT_EQ(first.wait(), Outcome(Exited{2}));
  EXPECT_TRUE(first.is_reaped());
  EXPECT_THROW(first.try_wait(), Error);
}

TEST_F(Spawn, LeadsASessionIfAsked) {
  Command command = shell("kill -STOP $$");
  command.new_session = true;
  Child child = spawn(command, {});
  EXPECT_EQ(::getpgid(child.pid()), child.pid());
  EXPECT_EQ(::getsid(child.pid()), child.pid());
  for (const Process& process : living_processes()) {
    EXPECT_EQ(process.session == child.pid(), process.pid == child.pid()) << process.pid;
  }
}

TEST_F(Spawn, EntersItsDirectory) {
  EXPECT_EQ(output_of({.program = "pwd", .directory = directory_}), directory_ + "\n");
  // A path without a beginning is looked up from there.
  make("tool", "#!/bin/sh\necho tool\n");
  EXPECT_EQ(output_of({.program = "./tool", .directory = directory_}), "tool\n");
}

TEST_F(Spawn, SearchesAnotherPath) {
  const std::string first = make_directory("first");
  make("first/tool", "#!/bin/sh\necho first\n");
  EXPECT_EQ(output_of({.program = "tool", .search_path = "/no/such:" + first}), "first\n");
  EXPECT_EQ(errno_of_start("tool"), ENOENT);
}

TEST_F(Spawn, KeepsADescriptorOpen) {
  TestPipe pipe;
  const Command command{
      .program = "sh",
      .arguments = {"-c", "echo kept >/proc/self/fd/" + std::to_string(pipe.write_fd())},
      .kept_fd = pipe.write_fd()};
  EXPECT_EQ(spawn(command, {}).wait(), Outcome(Exited{0}));
  EXPECT_EQ(pipe.rest(), "kept\n");
}

TEST_F(Spawn, SaysWhichStepFailed) {
  const auto failure = [](const Command& command) {
    const auto started = try_spawn(command, {});
    const auto* failed = std::get_if<StartFailure>(&started);
    return failed != nullptr ? std::pair(failed->step, failed->error) : std::pair(StartStep{}, 0);
  };
  EXPECT_EQ(failure({.program = "true", .directory = "/no/such"}),
            std::pair(StartStep::directory, ENOENT));
  EXPECT_EQ(failure({.program = "/no/such", .directory = "/"}),
            std::pair(StartStep::program, ENOENT));
  EXPECT_EQ(failure({.program = "true", .stdin_fd = 1'000'000}),
            std::pair(StartStep::descriptors, EBADF));
  EXPECT_EQ(failure({.program = "true", .kept_fd = 1'000'000}),
            std::pair(StartStep::descriptors, EBADF));
  const auto not_a_ruleset = failure({.program = "true", .no_new_privileges = true, .sandbox = 0});
  EXPECT_EQ(not_a_ruleset.first, StartStep::sandbox);
  try {
    spawn({.program = "true", .directory = "/no/such"}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot start true in /no/such: No such file or directory");
  }
}

TEST_F(Spawn, ChangesTheUserForGood) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const Command command{.program = "sh",
                        .arguments = {"-c", "id -u; id -g; id -G; grep CapEff /proc/self/status"},
                        .identity = Identity{1234, 2345, {3456, 4567}}};
  EXPECT_EQ(output_of(command), "1234\n2345\n2345 3456 4567\nCapEff:\t0000000000000000\n");
  ::chmod(directory_.c_str(), 0700);
  Command locked_out{.program = "true", .directory = directory_, .identity = Identity{1234, 2345}};
  const auto started = try_spawn(locked_out, {});
  ASSERT_TRUE(std::holds_alternative<StartFailure>(started));
  EXPECT_EQ(std::get<StartFailure>(started).error, EACCES);
}

// Its parent is another child of ours, which dies first.
TEST_F(Spawn, DiesWithItsParent) {
  Command command = shell("exec sleep 1000");
  command.dies_with_parent = true;
  TestPipe pipe;
  const pid_t between = ::fork();
  if (between == 0) {
    command.kept_fd = pipe.write_fd();
    spawn(command, {}).release();
    ::_exit(0);
  }
  EXPECT_EQ(::waitpid(between, nullptr, 0), between);
  EXPECT_TRUE(pipe.is_deserted());
}

}  // namespace
}  // namespace bobbin
