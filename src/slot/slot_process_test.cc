// SPDX-License-Identifier: Apache-2.0
#include "slot/slot_process.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/io.h"
#include "exec/process_tree.h"
#include "slot/test_slot.h"

namespace bobbin {
namespace {

class SlotProcessTest : public SlotTest {};

const AttemptEnd kKilled{EndKind::killed, 1000};

TEST_F(SlotProcessTest, RunsAJob) {
  SlotProcess slot = start_slot();
  EXPECT_TRUE(slot.can_run());
  const auto before = std::chrono::system_clock::now();
  slot.run(job("echo hello\n"));
  EXPECT_FALSE(slot.is_idle());
  EXPECT_THROW(slot.run(job("echo again")), Error);
  const SlotStarted started = await_start(slot);
  EXPECT_EQ(started.number, JobNumber{7});
  EXPECT_EQ(started.attempt, 3u);
  const SlotEnded ended = await_end(slot);
  EXPECT_TRUE(slot.can_run());
  EXPECT_EQ(ended.record.sequence, 1u);
  EXPECT_EQ(ended.record.number, JobNumber{7});
  EXPECT_EQ(ended.record.attempt, 3u);
  EXPECT_EQ(ended.record.pid, started.pid);
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::exited, 0}));
  EXPECT_EQ(ended.record.log_place, LogPlace::in_record);
  EXPECT_EQ(ended.record.log, ">>> echo hello\nhello\n");
  EXPECT_TRUE(ended.log_path.empty());
  EXPECT_GE(ended.record.started, before);
  EXPECT_GE(ended.record.ended, ended.record.started);
  EXPECT_GT(ended.record.use.wall.count(), 0);
  EXPECT_GT(ended.record.use.peak_rss_bytes, 0u);
}

TEST_F(SlotProcessTest, RunsManyAndReusesTheCaptureFile) {
  SlotProcess slot = start_slot();
  for (std::uint64_t sequence = 1; sequence <= 200; ++sequence) {
    slot.run(job("seq " + std::to_string(sequence) + " " + std::to_string(sequence)));
    const SlotEnded ended = await_end(slot);
    const std::string number = std::to_string(sequence);
    ASSERT_EQ(ended.record.sequence, sequence);
    ASSERT_EQ(ended.record.log, ">>> seq " + number + " " + number + "\n" + number + "\n");
    slot.recorded(sequence);
  }
}

TEST_F(SlotProcessTest, HasRoomForSoManyRecords) {
  SlotProcess slot = start_slot();
  for (std::size_t count = 0; count < kRecords; ++count) {
    ASSERT_TRUE(slot.can_run());
    slot.run(job(":"));
    await_end(slot);
  }
  EXPECT_TRUE(slot.is_idle());
  EXPECT_FALSE(slot.can_run());
  slot.recorded(1);
  EXPECT_TRUE(slot.can_run());
}

TEST_F(SlotProcessTest, ShowsTheLogWhileItGrows) {
  make_pipe("pipe");
  SlotProcess slot = start_slot();
  slot.run(job("echo first; read x <" + path("pipe") + "; echo then $x"));
  await_start(slot);
  const auto log = slot.log();
  const std::string expected =
      ">>> echo first; read x <" + path("pipe") + "; echo then $x\nfirst\n";
  const Fd pipe(::open(path("pipe").c_str(), O_WRONLY | O_CLOEXEC));  // once it is at `read`
  std::string text(200, '\0');
  text.resize(pread_full(log->get(), text.data(), text.size(), 0, "log"));
  EXPECT_EQ(text, expected);
  write_all(pipe.get(), "that\n", "pipe");
  EXPECT_EQ(await_end(slot).record.log, expected + "then that\n");
}

TEST_F(SlotProcessTest, GivesALargeLogAway) {
  SlotProcess slot = start_slot();
  slot.run(job("seq 5000"));
  const SlotEnded large = await_end(slot);
  EXPECT_EQ(large.record.log_place, LogPlace::in_capture);
  EXPECT_TRUE(large.record.log.empty());
  ASSERT_EQ(large.log_path, path("slots/1.out"));
  ASSERT_EQ(::rename(large.log_path.c_str(), path("log").c_str()), 0);
  slot.run(job("seq 1"));
  EXPECT_EQ(await_end(slot).record.log, ">>> seq 1\n1\n");
  const std::string log = directory_.read("log");
  EXPECT_EQ(log.substr(0, 13), ">>> seq 5000\n");
  EXPECT_EQ(log.substr(log.size() - 5), "5000\n");
}

TEST_F(SlotProcessTest, NobodyWantsTheLargeLog) {
  SlotProcess slot = start_slot();
  slot.run(job("seq 5000"));
  await_end(slot);
  slot.run(job("seq 1"));
  EXPECT_EQ(await_end(slot).record.log, ">>> seq 1\n1\n");
}

TEST_F(SlotProcessTest, PutsEarlierLogsBefore) {
  SlotProcess slot = start_slot();
  SlotJob again = job("echo 2");
  again.log = ">>> echo 1\n1\n";
  slot.run(std::move(again));
  EXPECT_EQ(await_end(slot).record.log, ">>> echo 1\n1\n>>> echo 2\n2\n");
  SlotJob after_lost = job("echo 2");
  after_lost.log = ">>> echo 1\ntorn";
  slot.run(std::move(after_lost));
  EXPECT_EQ(await_end(slot).record.log, ">>> echo 1\ntorn\n>>> echo 2\n2\n");
}

TEST_F(SlotProcessTest, AppendsToALogFile) {
  directory_.write("log", "torn");
  SlotProcess slot = start_slot();
  SlotJob again = job("echo 2");
  again.log_file = Fd(::open(path("log").c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  slot.run(std::move(again));
  ASSERT_NE(slot.log(), nullptr);
  const SlotEnded ended = await_end(slot);
  EXPECT_EQ(ended.record.log_place, LogPlace::in_log_file);
  EXPECT_TRUE(ended.log_path.empty());
  EXPECT_EQ(directory_.read("log"), "torn\n>>> echo 2\n2\n");
}

TEST_F(SlotProcessTest, KillsOnlyTheJobThatIsMeant) {
  SlotProcess slot = start_slot();
  slot.run(job("sleep 1000"));
  await_start(slot);
  slot.kill(JobNumber{7}, 2, {EndKind::killed, 1});
  slot.kill(JobNumber{8}, 3, {EndKind::killed, 2});
  slot.kill(JobNumber{7}, 3, kKilled);
  slot.kill(JobNumber{7}, 3, {EndKind::shut_down});  // the first reason counts
  const SlotEnded ended = await_end(slot);
  EXPECT_EQ(ended.record.end, kKilled);
  EXPECT_EQ(ended.record.log, ">>> sleep 1000\n\n\n[System Error]: killed by user 1000\n");
  slot.kill(JobNumber{7}, 3, kKilled);  // too late
  slot.run(job("echo on"));
  EXPECT_EQ(await_end(slot).record.log, ">>> echo on\non\n");
}

TEST_F(SlotProcessTest, ReportsItsDeath) {
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  SlotProcess other = start_slot();
  other.run(job("sleep 1000"));
  const pid_t others_job = await_start(other).pid;
  SlotProcess slot = start_slot();
  // One that would be missed by its session.
  slot.run(job("exec 7>" + path("pipe") + "; (setsid sleep 1000 & echo up >&7; sleep 1000)"));
  const pid_t job_pid = await_start(slot).pid;
  EXPECT_EQ(line_from(pipe), "up");
  const Fd job_process(static_cast<int>(::syscall(SYS_pidfd_open, job_pid, 0)));
  ASSERT_EQ(::kill(slot.pid(), SIGKILL), 0);
  const SlotDied died = await_death(slot);
  EXPECT_EQ(died.log_path, path("slots/2.out"));
  EXPECT_FALSE(slot.receive().has_value());
  EXPECT_FALSE(slot.can_run());
  slot.sweep({other.pid()});
  EXPECT_TRUE(is_deserted(pipe));
  EXPECT_TRUE(is_readable(job_process.get()));
  EXPECT_TRUE(exists(others_job));
  EXPECT_THROW(slot.run(job("echo")), Error);
  other.kill(JobNumber{7}, 3, kKilled);
  await_end(other);
}

TEST_F(SlotProcessTest, DeathOfAnIdleSlotLosesNothing) {
  SlotProcess slot = start_slot();
  ASSERT_EQ(::kill(slot.pid(), SIGKILL), 0);
  EXPECT_TRUE(await_death(slot).log_path.empty());
}

TEST_F(SlotProcessTest, IdleSlotGoesWithItsFiles) {
  pid_t pid = -1;
  {
    SlotProcess slot = start_slot();
    pid = slot.pid();
    slot.run(job("echo"));
    await_end(slot);
    slot.recorded(1);
    EXPECT_TRUE(directory_.has("slots/1.record"));
  }
  EXPECT_FALSE(exists(pid));
  EXPECT_FALSE(directory_.has("slots/1.record"));
  EXPECT_FALSE(directory_.has("slots/1.out"));
}

TEST_F(SlotProcessTest, RefusesTheFilesOfAnother) {
  SlotProcess slot = start_slot();
  next_id_ = 1;
  EXPECT_THROW(start_slot(), Error);
  slot.run(job("echo still here"));
  EXPECT_EQ(await_end(slot).record.log, ">>> echo still here\nstill here\n");
}

TEST_F(SlotProcessTest, SaysThatItCannotStart) {
  setup_.program = path("nothing");
  EXPECT_THROW(start_slot(), Error);
  EXPECT_FALSE(directory_.has("slots/1.record"));
  EXPECT_FALSE(directory_.has("slots/1.out"));
}

}  // namespace
}  // namespace bobbin
