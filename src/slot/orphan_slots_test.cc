// SPDX-License-Identifier: Apache-2.0
#include "slot/orphan_slots.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <memory>
#include <optional>

#include "base/io.h"
#include "slot/test_slot.h"

namespace bobbin {
namespace {

class OrphanSlots : public SlotTest {
 protected:
  std::vector<OrphanSlot> find() { return find_orphan_slots(path("slots")); }

  // A slot whose daemon has gone, with a job that says "up" in `pipe` and runs until a line comes
  // through "go".
  void leave_running(const std::string& content) {
    slot_ = std::make_unique<SlotProcess>(start_slot());
    slot_->run(job(content));
    started_ = await_start(*slot_);
    slot_pid_ = slot_->pid();
  }

  std::unique_ptr<SlotProcess> slot_;
  SlotStarted started_;
  pid_t slot_pid_ = -1;
};

TEST_F(OrphanSlots, NoneInAnEmptyDirectory) {
  EXPECT_TRUE(find().empty());
  directory_.write("slots/other", "");
  directory_.write("slots/x.record", "");
  directory_.write("slots/1.record.old", "");
  ASSERT_EQ(::symlink("other", path("slots/2.record").c_str()), 0);
  EXPECT_TRUE(find().empty());
  EXPECT_THROW(find_orphan_slots(path("nowhere")), Error);
}

TEST_F(OrphanSlots, OutlivesItsDaemonAndWritesDownTheEnd) {
  make_pipe("go");
  leave_running("read x <" + path("go") + "; echo $x; exit 3");
  slot_.reset();
  std::vector<OrphanSlot> orphans = find();
  ASSERT_EQ(orphans.size(), 1u);
  OrphanSlot& orphan = orphans.front();
  EXPECT_EQ(orphan.id(), 1u);
  ASSERT_TRUE(orphan.is_alive());
  EXPECT_FALSE(is_readable(orphan.fd(), 0));
  auto records = orphan.records();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records.front().number, JobNumber{7});
  EXPECT_EQ(records.front().attempt, 3u);
  EXPECT_EQ(records.front().pid, started_.pid);
  EXPECT_FALSE(records.front().end.has_value());
  const std::string head = ">>> read x <" + path("go") + "; echo $x; exit 3\n";
  std::string log(200, '\0');
  log.resize(pread_full(orphan.capture()->get(), log.data(), log.size(), 0, "log"));
  EXPECT_EQ(log, head);

  const Fd go(::open(path("go").c_str(), O_WRONLY | O_CLOEXEC));
  write_all(go.get(), "went\n", "pipe");
  ASSERT_TRUE(is_readable(orphan.fd()));
  records = orphan.records();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records.front().end, (AttemptEnd{EndKind::exited, 3}));
  EXPECT_EQ(records.front().log, head + "went\n\n\n[System Error]: exit status 3\n");
  orphan.forget();
  EXPECT_FALSE(directory_.has("slots/1.record"));
  EXPECT_FALSE(directory_.has("slots/1.out"));
  orphan.forget();  // twice is no harm
}

TEST_F(OrphanSlots, EndsTheJobOfALivingOne) {
  leave_running("sleep 1000");
  slot_.reset();
  std::vector<OrphanSlot> orphans = find();
  ASSERT_EQ(orphans.size(), 1u);
  orphans.front().kill();
  ASSERT_TRUE(is_readable(orphans.front().fd()));
  EXPECT_EQ(orphans.front().records().front().end, (AttemptEnd{EndKind::shut_down}));
  EXPECT_FALSE(exists(started_.pid));
}

TEST_F(OrphanSlots, ADeadOneIsFoundAndSwept) {
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  // One in the session of the job, whose leader dies with the slot.
  leave_running("exec 7>" + path("pipe") + "; sleep 1000 & echo up >&7; wait");
  EXPECT_EQ(line_from(pipe), "up");
  ASSERT_EQ(::kill(slot_pid_, SIGKILL), 0);
  await_death(*slot_);
  std::vector<OrphanSlot> orphans = find();
  ASSERT_EQ(orphans.size(), 1u);
  EXPECT_FALSE(orphans.front().is_alive());
  EXPECT_EQ(orphans.front().fd(), -1);
  ASSERT_EQ(orphans.front().records().size(), 1u);
  EXPECT_FALSE(orphans.front().records().front().end.has_value());
  EXPECT_FALSE(is_readable(pipe.get(), 0));
  orphans.front().sweep("a job", "/the/mount");
  EXPECT_TRUE(is_deserted(pipe));
}

TEST_F(OrphanSlots, SweepsNoStranger) {
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  // As if the numbers had been given to others meanwhile: no FILED_ATTEMPT of that job.
  leave_running("exec 7>" + path("pipe") +
                "; FILED_ATTEMPT=4 sh -c 'echo up >&7; exec sleep 1000' & wait");
  EXPECT_EQ(line_from(pipe), "up");
  ASSERT_EQ(::kill(slot_pid_, SIGKILL), 0);
  await_death(*slot_);
  std::vector<OrphanSlot> orphans = find();
  ASSERT_EQ(orphans.size(), 1u);
  orphans.front().sweep("a job", "/the/mount");
  EXPECT_FALSE(is_readable(pipe.get(), 0));
  slot_->sweep({});
  EXPECT_TRUE(is_deserted(pipe));
}

TEST_F(OrphanSlots, TheLockEndsWithTheSlot) {
  // Not with the daemon's copies, nor with what the job left.
  make_pipe("pipe");
  const Fd pipe = open_pipe("pipe");
  leave_running("exec 7>" + path("pipe") + "; setsid sleep 1000 & echo up >&7; wait");
  EXPECT_EQ(line_from(pipe), "up");
  const Fd file = open_at(AT_FDCWD, path("slots/1.record"), O_RDWR, 0, "record");
  EXPECT_NE(::flock(file.get(), LOCK_EX | LOCK_NB), 0);
  ASSERT_EQ(::kill(slot_pid_, SIGKILL), 0);
  await_death(*slot_);
  EXPECT_EQ(::flock(file.get(), LOCK_EX | LOCK_NB), 0);
  slot_->sweep({});
  EXPECT_TRUE(is_deserted(pipe));
}

TEST_F(OrphanSlots, ReadsTheRecordsOfMany) {
  {
    SlotProcess slot = start_slot();
    for (int count = 0; count < 5; ++count) {
      slot.run(job("exit 1"));
      await_end(slot);
    }
    slot.recorded(2);
  }
  std::vector<OrphanSlot> orphans = find();
  ASSERT_EQ(orphans.size(), 1u);
  EXPECT_FALSE(orphans.front().is_alive());
  ASSERT_EQ(orphans.front().records().size(), 5u);
  EXPECT_EQ(orphans.front().records().back().sequence, 5u);
  EXPECT_EQ(orphans.front().records().back().end, (AttemptEnd{EndKind::exited, 1}));
  orphans.front().sweep("a job", "/the/mount");  // nothing runs: without effect
}

// The slot had written the end down, but the message did not get out.
TEST_F(OrphanSlots, AnEndInTheRecordIsNoLoss) {
  make_pipe("pipe");
  leave_running("read x <" + path("pipe"));
  ASSERT_EQ(::kill(slot_pid_, SIGSTOP), 0);
  ASSERT_EQ(::kill(slot_pid_, SIGKILL), 0);
  const Fd file = open_at(AT_FDCWD, path("slots/1.record"), O_RDWR, 0, "record");
  AttemptRecord record = read_records(file.get()).front();
  record.end = AttemptEnd{EndKind::exited, 9};
  write_record(file.get(), record);
  const SlotEvent event = next_event(*slot_);
  ASSERT_TRUE(std::holds_alternative<SlotEnded>(event));
  EXPECT_EQ(std::get<SlotEnded>(event).record.end, (AttemptEnd{EndKind::exited, 9}));
  EXPECT_TRUE(await_death(*slot_).log_path.empty());
  slot_->sweep({});
}

}  // namespace
}  // namespace bobbin
