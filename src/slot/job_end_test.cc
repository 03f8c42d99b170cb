// SPDX-License-Identifier: Apache-2.0
// How a job ends, by itself or not, and that nothing of it is left then.
#include <gtest/gtest.h>

#include "base/io.h"
#include "slot/test_slot.h"

namespace bobbin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class JobEnd : public SlotTest {};

TEST_F(JobEnd, Fails) {
  const SlotEnded ended = run("echo out; echo err >&2; exit 3");
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::exited, 3}));
  EXPECT_EQ(ended.record.log,
            ">>> echo out; echo err >&2; exit 3\nout\nerr\n"
            "\n\n[System Error]: exit status 3\n");
}

TEST_F(JobEnd, DiesOfASignal) {
  const SlotEnded ended = run("kill -KILL $$");
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::signalled, SIGKILL}));
  EXPECT_EQ(ended.record.log, ">>> kill -KILL $$\n\n\n[System Error]: signal: killed\n");
}

TEST_F(JobEnd, TellsWhatItUsed) {
  // By a grandchild that its own parent collects, and by one that the slot has to.
  const std::string burn = "dd if=/dev/zero of=/dev/null bs=1M count=3000 2>/dev/null";
  EXPECT_GT(run("(" + burn + ")").record.use.user.count() +
                run("(" + burn + ")").record.use.system.count(),
            0);
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  const SlotEnded ended =
      run("(trap '" + burn + "; exit' TERM; exec 7>" + path("pipe") +
          "; echo up >&7; while :; do sleep 0.01; done) & read x <" + path("pipe"));
  EXPECT_GT((ended.record.use.user + ended.record.use.system).count(), 0);
}

TEST_F(JobEnd, TimesOut) {
  SlotJob patient = job("sleep 1000");
  patient.timeout = milliseconds(50);
  const SlotEnded ended = run(std::move(patient));
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::timed_out}));
  EXPECT_EQ(ended.record.log, ">>> sleep 1000\n\n\n[System Error]: timeout after 50ms\n");
}

TEST_F(JobEnd, ExitsInTheGraceOfATimeout) {
  SlotJob graceful = job("trap 'echo cleaned up; exit 0' TERM; while :; do sleep 0.01; done");
  graceful.timeout = seconds(2);  // until then it is ready for TERM
  const SlotEnded ended = run(std::move(graceful));
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::timed_out}));
  EXPECT_NE(ended.record.log.find("\ncleaned up\n\n\n[System Error]: timeout after 2s\n"),
            std::string::npos);
}

TEST_F(JobEnd, IgnoresTermAndIsKilled) {
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  SlotProcess slot = start_slot();
  SlotJob stubborn =
      job("trap '' TERM; exec 7>" + path("pipe") + "; echo up >&7; while :; do sleep 1000; done");
  stubborn.grace = milliseconds(50);
  slot.run(std::move(stubborn));
  await_start(slot);
  EXPECT_EQ(line_from(pipe), "up");
  slot.kill(JobNumber{7}, 3, {EndKind::shut_down});
  EXPECT_EQ(await_end(slot).record.end, (AttemptEnd{EndKind::shut_down}));
  EXPECT_TRUE(is_deserted(pipe));
}

TEST_F(JobEnd, IsEndedThoughItIsStopped) {
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  SlotProcess slot = start_slot();
  slot.run(job("exec 7>" + path("pipe") + "; echo up >&7; kill -STOP $$; sleep 1000"));
  await_start(slot);
  EXPECT_EQ(line_from(pipe), "up");
  slot.kill(JobNumber{7}, 3, {EndKind::killed, 5});  // TERM does it: the grace is 10 s
  EXPECT_EQ(await_end(slot).record.end, (AttemptEnd{EndKind::killed, 5}));
  EXPECT_TRUE(is_deserted(pipe));
}

TEST_F(JobEnd, EndsWhatItLeftBehind) {
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  const std::string content = "exec 7>" + path("pipe") +
                              "; (sleep 1000; echo no) & setsid sh -c 'sleep 1000 & wait' & "
                              "nohup sleep 1000 & echo up >&7; exit 4";
  const SlotEnded ended = run(content);
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::exited, 4}));
  EXPECT_EQ(line_from(pipe), "up");
  EXPECT_TRUE(is_deserted(pipe));
}

TEST_F(JobEnd, KillsStubbornLeftovers) {
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  SlotJob leaving = job("exec 7>" + path("pipe") +
                        "; (trap '' TERM; setsid sh -c 'echo up >&7; while :; do sleep 1000; done')"
                        " & read x <" +
                        path("pipe"));
  leaving.grace = milliseconds(20);
  const SlotEnded ended = run(std::move(leaving));
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::exited, 0}));
  EXPECT_TRUE(is_deserted(pipe));
  // How long the job took is not how long its leftovers took to end.
  EXPECT_LT(ended.record.use.wall, seconds(10));
}

TEST_F(JobEnd, EndsAForkBombAtItsTimeout) {
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  // Always one more, each a session of its own, and each gone before it can be asked to stop.
  SlotJob fleeing = job("exec 7>" + path("pipe") +
                        "; echo up >&7; trap '' TERM; export F='"
                        "setsid sh -c \"\\$F\" & sleep 0.02'; sh -c \"$F\"; sleep 1000");
  fleeing.timeout = milliseconds(200);
  fleeing.grace = milliseconds(20);
  const SlotEnded ended = run(std::move(fleeing));
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::timed_out}));
  EXPECT_TRUE(is_deserted(pipe));
}

TEST_F(JobEnd, LimitsItsOutput) {
  SlotJob noisy = job("while :; do echo more; done");
  noisy.max_output = 50'000;
  const SlotEnded ended = run(std::move(noisy));
  EXPECT_EQ(ended.record.end, (AttemptEnd{EndKind::output_limit}));
  EXPECT_EQ(log_.substr(log_.size() - 39), "\n\n[System Error]: output limit reached\n");
  SlotJob quiet = job("seq 5000");
  quiet.max_output = 50'000;
  EXPECT_EQ(run(std::move(quiet)).record.end, (AttemptEnd{EndKind::exited, 0}));
}

TEST_F(JobEnd, KeepsExactlySoMuchInline) {
  // ">>> head -c NNNN /dev/zero\n" is 27 bytes.
  const std::size_t fits = kMaxInlineLog - 27;
  const SlotEnded small = run("head -c " + std::to_string(fits) + " /dev/zero");
  EXPECT_EQ(small.record.log.size(), kMaxInlineLog);
  const SlotEnded large = run("head -c " + std::to_string(fits + 1) + " /dev/zero");
  EXPECT_EQ(large.record.log_place, LogPlace::in_capture);
  EXPECT_EQ(log_.size(), kMaxInlineLog + 1);
}

TEST_F(JobEnd, AJobCannotHarmItsSlot) {
  // Signals of the same user, and what a debugger would do.
  SlotProcess slot = start_slot();
  slot.run(job("kill -INT $PPID; kill -HUP $PPID; kill -USR1 $PPID; kill -PIPE $PPID; echo on"));
  const std::string log = await_end(slot).record.log;
  EXPECT_EQ(log.substr(log.size() - 4), "\non\n");
  slot.run(job("echo next"));
  EXPECT_EQ(await_end(slot).record.log, ">>> echo next\nnext\n");
}

}  // namespace
}  // namespace bobbin
