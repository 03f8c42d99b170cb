// SPDX-License-Identifier: Apache-2.0
// How a job is started, and what it finds.
#include <bobbin/error.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/syscall.h>

#include <algorithm>
#include <set>

#include "base/io.h"
#include "slot/job_command.h"
#include "slot/message.h"
#include "slot/test_slot.h"

namespace bobbin {
namespace {

class JobStart : public SlotTest {
 protected:
  // What it wrote, without the line that says what ran.
  std::string output_of(SlotJob job) {
    const std::string content = job.content;
    const SlotEnded ended = run(std::move(job));
    EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::exited, 0})) << ended.record.log;
    const std::string& log = ended.log_path.empty() ? ended.record.log : log_;
    return log.substr(std::min(log.size(), 4 + without_last_newlines(content).size() + 1));
  }
  std::string output_of(const std::string& content) { return output_of(job(content)); }

  std::string make_program(const std::string& name, const std::string& content, mode_t mode) {
    directory_.write(name, content);
    EXPECT_EQ(::chmod(path(name).c_str(), mode), 0);
    return path(name);
  }
};

TEST_F(JobStart, RunsPlainCommandsItself) {
  // A shell would be the parent.
  const std::string parent = make_program("parent", "#!/bin/sh\ncat /proc/$PPID/comm\n", 0755);
  EXPECT_EQ(output_of(parent), "filed-slot\n");
  EXPECT_EQ(output_of(parent + "\n\n"), "filed-slot\n");
  EXPECT_EQ(output_of(parent + "; exit"), "sh\n");
}

TEST_F(JobStart, LetsTheShellSayWhatItCannotFind) {
  const SlotEnded missing = run("no-such-command x");
  EXPECT_EQ(missing.record.end, (AttemptEnd{EndKind::exited, 127}));
  EXPECT_NE(missing.record.log.find("no-such-command: not found"), std::string::npos);
  const SlotEnded denied = run(make_program("plain", "echo\n", 0644));
  EXPECT_EQ(denied.record.end, (AttemptEnd{EndKind::exited, 126}));
  // A file without #! is a script for the shell.
  EXPECT_EQ(output_of(make_program("script", "echo from sh\n", 0755)), "from sh\n");
}

TEST_F(JobStart, RunsScriptsByTheirInterpreter) {
  EXPECT_EQ(output_of("#!/bin/sh\necho \"$#\"; exit 0\n"), "0\n");
  EXPECT_EQ(output_of("#!/usr/bin/env -S sh -e\necho 1\n"), "1\n");
  EXPECT_EQ(output_of("#!/bin/cat\n"), "#!/bin/cat\n");
  const SlotEnded missing = run("#!/no/such/interpreter\n");
  EXPECT_EQ(missing.record.end, (AttemptEnd{EndKind::could_not_start, ENOENT}));
  const std::string with_nul("#!/bin/sh\nexit 5\n\0binary", 24);
  EXPECT_EQ(run(with_nul).record.end, (AttemptEnd{EndKind::exited, 5}));
}

TEST_F(JobStart, TakesAContentThatLooksLikeAnOption) {
  const SlotEnded ended = run("-c 'x'");
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::exited, 127}));
}

TEST_F(JobStart, RunsLargeContent) {
  // Too large for a message, then for a parameter.
  for (const std::size_t size :
       {std::size_t{20'000}, std::size_t{200'000}, std::size_t{3'000'000}}) {
    const std::string content = ": " + std::string(size, 'x') + "\necho done";
    EXPECT_EQ(run(content).record.end, (AttemptEnd{EndKind::exited, 0}));
    EXPECT_EQ(log_.size(), size + 22);
    EXPECT_EQ(log_.substr(log_.size() - 16), "\necho done\ndone\n");
    const SlotEnded script = run("#!/bin/sh\n" + content);
    EXPECT_EQ(script.record.end, (AttemptEnd{EndKind::exited, 0}));
  }
}

TEST_F(JobStart, TakesContentFromAFile) {
  directory_.write("content", "echo from a file\n\n");
  SlotJob by_file = job("");
  by_file.content_file = Fd(::open(path("content").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(run(std::move(by_file)).record.log, ">>> echo from a file\nfrom a file\n");
}

TEST_F(JobStart, RefusesNul) {
  const SlotEnded ended = run(std::string("echo \0 x", 8));
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::could_not_start, EINVAL}));
  EXPECT_EQ(ended.record.log, std::string(">>> echo \0 x\n", 13) +
                                  "\n\n[System Error]: could not start: Invalid argument\n");
}

TEST_F(JobStart, NeedsItsDirectory) {
  setup_.directory = path("missing");
  for (const char* content : {"ls", "echo x", "#!/bin/sh"}) {
    const SlotEnded ended = run(content);
    EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::could_not_start, ENOENT}));
    EXPECT_EQ(ended.record.pid, 0);
    EXPECT_EQ(ended.record.log,
              ">>> " + std::string(content) +
                  "\n\n\n[System Error]: could not start: No such file or directory\n");
  }
  setup_.directory = make_program("file", "", 0644);
  EXPECT_EQ(run("ls").record.end, (AttemptEnd{EndKind::could_not_start, ENOTDIR}));
}

TEST_F(JobStart, HasExactlyTheEnvironment) {
  setup_.environment.set("OF_THE_DAEMON", "1");
  EXPECT_EQ(output_of("env"),
            "FILED_ATTEMPT=3\nFILED_JOB=a job\nFILED_QUEUE=/the/mount\nOF_THE_DAEMON=1\n"
            "PATH=/usr/local/bin:/usr/bin:/bin\nPWD=" +
                path("work") + "\n");
  EXPECT_EQ(output_of("pwd"), path("work") + "\n");
}

TEST_F(JobStart, HasNothingButItsDescriptors) {
  // A listing has its directory open as a further one.
  EXPECT_EQ(output_of("ls /proc/self/fd"), "0\n1\n2\n3\n");
  EXPECT_EQ(output_of("readlink /proc/self/fd/0"), "/dev/null\n");
  EXPECT_EQ(output_of("readlink /proc/self/fd/1 /proc/self/fd/2"),
            path("slots/3.out") + "\n" + path("slots/3.out") + "\n");
  const std::string of_script = output_of("#!/bin/sh\nls -l /proc/self/fd | grep -c memfd:job\n");
  EXPECT_EQ(of_script, "1\n");
}

TEST_F(JobStart, HasNoSignalBlockedOrIgnored) {
  sigset_t all;
  sigset_t old;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &old);
  const auto old_pipe = ::signal(SIGPIPE, SIG_IGN);
  const auto old_hup = ::signal(SIGHUP, SIG_IGN);
  const std::string none = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n";
  EXPECT_EQ(output_of("grep -e SigBlk -e SigIgn /proc/self/status"), none);
  EXPECT_EQ(output_of("grep -E 'SigBlk|SigIgn' /proc/self/status"), none);
  ::signal(SIGPIPE, old_pipe);
  ::signal(SIGHUP, old_hup);
  ::sigprocmask(SIG_SETMASK, &old, nullptr);
}

TEST_F(JobStart, LeadsASessionAndKeepsTheUmask) {
  const mode_t old = ::umask(027);
  EXPECT_EQ(output_of("umask"), "0027\n");
  ::umask(old);
  const std::string session = output_of("cut -d' ' -f1,6 /proc/self/stat; echo $$");
  const std::size_t blank = session.find(' ');
  const std::size_t line = session.find('\n');
  EXPECT_EQ(session.substr(blank + 1, line - blank - 1),
            session.substr(line + 1, session.size() - line - 2));
}

TEST_F(JobStart, RunsAsItsSubmitter) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ::chmod(path("").c_str(), 0755);
  setup_.run_as_submitter = true;
  SlotJob by_nobody = job("id -u; id -g; id -G; echo $USER $LOGNAME; echo $0 >/dev/null");
  by_nobody.uid = 65534;
  EXPECT_EQ(output_of(std::move(by_nobody)), "65534\n65534\n65534\nnobody nobody\n");
  SlotJob script = job("#!/bin/sh\nid -u");
  script.uid = 65534;
  EXPECT_EQ(output_of(std::move(script)), "65534\n");
  // Whose groups can't be known.
  SlotJob of_unknown = job("id -u");
  of_unknown.uid = 54321;
  EXPECT_THROW(run(std::move(of_unknown)), Error);
  // It may not enter where only root may.
  ::chmod(path("work").c_str(), 0700);
  SlotJob locked_out = job("id -u");
  locked_out.uid = 65534;
  EXPECT_EQ(run(std::move(locked_out)).record.end, (AttemptEnd{EndKind::could_not_start, EACCES}));
}

TEST_F(JobStart, EntersTheSandbox) {
  landlock_ruleset_attr rules{};
  rules.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG;
  const Fd sandbox(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0)));
  if (!sandbox.is_open()) GTEST_SKIP() << "this kernel has no Landlock";
  setup_.sandbox = sandbox.get();
  EXPECT_EQ(output_of("grep NoNewPrivs /proc/self/status"), "NoNewPrivs:\t1\n");
  EXPECT_EQ(output_of("touch file 2>&- || echo refused"), "refused\n");
  EXPECT_FALSE(directory_.has("work/file"));
  EXPECT_EQ(output_of("ls /proc/self/fd"), "0\n1\n2\n3\n");
  // What should be one and is none must not go unnoticed.
  const Fd other(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  setup_.sandbox = other.get();
  EXPECT_EQ(run("ls").record.end->kind, EndKind::could_not_start);
}

}  // namespace
}  // namespace bobbin
