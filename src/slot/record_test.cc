// SPDX-License-Identifier: Apache-2.0
#include "slot/record.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/test_directory.h"

namespace bobbin {
namespace {

class RecordTest : public testing::Test {
 protected:
  RecordTest() : file_(::open(directory_.path("r").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}

  static AttemptRecord record(std::uint64_t sequence) {
    AttemptRecord record;
    record.sequence = sequence;
    record.number = JobNumber{sequence * 10};
    record.attempt = 2;
    return record;
  }

  TestDirectory directory_;
  Fd file_;
};

TEST_F(RecordTest, KeepsEverything) {
  AttemptRecord written = record(5);
  written.pid = 4711;
  written.pid_started = 123456789;
  written.started = WallTime(std::chrono::nanoseconds(1'700'000'000'123'456'789));
  written.ended = written.started + std::chrono::seconds(2);
  written.end = AttemptEnd{EndKind::killed, -2};  // the largest uid as int
  written.use = {.wall = std::chrono::seconds(2),
                 .user = std::chrono::milliseconds(3),
                 .system = std::chrono::microseconds(4),
                 .peak_rss_bytes = 5 << 20};
  written.log = std::string(kMaxInlineLog, '\0');
  reserve_records(file_.get(), "test");
  write_record(file_.get(), written);
  const auto all = read_records(file_.get());
  ASSERT_EQ(all.size(), 1u);
  const AttemptRecord& read = all.front();
  EXPECT_EQ(read.sequence, written.sequence);
  EXPECT_EQ(read.number, written.number);
  EXPECT_EQ(read.attempt, written.attempt);
  EXPECT_EQ(read.pid, written.pid);
  EXPECT_EQ(read.pid_started, written.pid_started);
  EXPECT_EQ(read.started, written.started);
  EXPECT_EQ(read.ended, written.ended);
  EXPECT_EQ(read.end, written.end);
  EXPECT_EQ(read.use, written.use);
  EXPECT_EQ(read.log_place, written.log_place);
  EXPECT_EQ(read.log, written.log);
}

TEST_F(RecordTest, IsARing) {
  for (std::uint64_t sequence = 1; sequence <= kRecords + 3; ++sequence) {
    write_record(file_.get(), record(sequence));
  }
  const auto all = read_records(file_.get());
  ASSERT_EQ(all.size(), kRecords);
  EXPECT_EQ(all.front().sequence, 4u);
  EXPECT_EQ(all.back().sequence, kRecords + 3);
}

TEST_F(RecordTest, TheLastWriteOfASequenceCounts) {
  write_record(file_.get(), record(1));
  AttemptRecord ended = record(1);
  ended.end = AttemptEnd{EndKind::exited, 1};
  write_record(file_.get(), ended);
  const auto all = read_records(file_.get());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all.front().end, ended.end);
}

// Whatever byte of it did not reach the file.
TEST_F(RecordTest, ATornRecordIsNone) {
  AttemptRecord written = record(2);
  written.log = "log";
  write_record(file_.get(), record(1));
  write_record(file_.get(), written);
  const std::string whole = directory_.read("r");
  const std::size_t start = whole.size() - 20 - encode_record(written).size();
  for (std::size_t at = start; at < whole.size(); ++at) {
    const char changed = static_cast<char>(whole[at] ^ 0x55);
    ASSERT_EQ(::pwrite(file_.get(), &changed, 1, static_cast<off_t>(at)), 1);
    const auto all = read_records(file_.get());
    ASSERT_EQ(all.size(), 1u) << "byte " << at - start;
    ASSERT_EQ(all.front().sequence, 1u);
    ASSERT_EQ(::pwrite(file_.get(), &whole[at], 1, static_cast<off_t>(at)), 1);
  }
  ASSERT_EQ(::ftruncate(file_.get(), static_cast<off_t>(whole.size() - 1)), 0);
  EXPECT_EQ(read_records(file_.get()).size(), 1u);
}

TEST_F(RecordTest, AStrangersFileBringsNone) {
  EXPECT_TRUE(read_records(file_.get()).empty());
  EXPECT_FALSE(read_owner(file_.get()).has_value());
  directory_.write("r", std::string(300'000, 'x'));
  EXPECT_TRUE(read_records(file_.get()).empty());
  EXPECT_FALSE(read_owner(file_.get()).has_value());
}

TEST_F(RecordTest, KnowsItsOwner) {
  write_record(file_.get(), record(1));
  write_owner(file_.get(), {.pid = 17, .pid_started = 18, .boot_id = "boot"});
  const auto owner = read_owner(file_.get());
  ASSERT_TRUE(owner.has_value());
  EXPECT_EQ(owner->pid, 17);
  EXPECT_EQ(owner->pid_started, 18u);
  EXPECT_EQ(owner->boot_id, "boot");
  EXPECT_EQ(read_records(file_.get()).size(), 1u);
  EXPECT_FALSE(current_boot_id().empty());
}

TEST_F(RecordTest, RefusesWhatCannotBe) {
  AttemptRecord large = record(1);
  large.log = std::string(kMaxInlineLog + 1, 'x');
  EXPECT_FALSE(decode_record(encode_record(large)).has_value());
  AttemptRecord strange = record(1);
  strange.log_place = static_cast<LogPlace>(3);
  EXPECT_FALSE(decode_record(encode_record(strange)).has_value());
  strange = record(1);
  strange.end = AttemptEnd{static_cast<EndKind>(99), 0};
  EXPECT_FALSE(decode_record(encode_record(strange)).has_value());
  EXPECT_FALSE(decode_record(encode_record(record(1)) + "x").has_value());
  EXPECT_FALSE(decode_record("").has_value());
}

}  // namespace
}  // namespace bobbin
