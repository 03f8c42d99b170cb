// SPDX-License-Identifier: Apache-2.0
#include "spool/scan.h"

#include <bobbin/error.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "spool/test_spool.h"

namespace bobbin {
namespace {

class ScanTest : public testing::Test {
 protected:
  std::map<std::string, std::string> unreadable(const Decoder* decoder = nullptr) const {
    std::map<std::string, std::string> found;
    for (const UnreadableFile& bad : scan_jobs(spool_.spool(), decoder).unreadable)
      found[bad.name] = bad.reason;
    return found;
  }
  std::vector<std::uint64_t> numbers(const Decoder* decoder = nullptr) const {
    std::vector<std::uint64_t> found;
    for (const ScannedJob& job : scan_jobs(spool_.spool(), decoder).jobs)
      found.push_back(job.sequence);
    return found;
  }
  std::string job(const std::string& name) const { return spool_.path("jobs/" + name); }

  TestSpool spool_;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(ScanTest, SortsByNumberAndLooksAtJobNamesOnly) {
  spool_.put("fspl-a.fspl", 30);
  spool_.put("fspl-b.fspl", 4);
  spool_.put("fspl-c.fspl", 4);
  spool_.put("tmp-fspl-d.fspl.tmp", 1);
  spool_.put("other", 2);
  EXPECT_EQ(numbers(), (Numbers{4, 4, 30}));
  EXPECT_TRUE(unreadable().empty());
}

// So many that they are spread over several threads.
TEST_F(ScanTest, ReadsManyAndReportsProgress) {
  constexpr std::size_t kMany = 9001;
  for (std::size_t i = 0; i < kMany; ++i)
    spool_.put("fspl-" + std::to_string(i) + ".fspl", kMany - i);
  spool_.write("jobs/fspl-bad.fspl", "no packet");
  std::size_t last = 0;
  const Scan scan = scan_jobs(spool_.spool(), nullptr, [&](std::size_t done) {
    EXPECT_GE(done, last);
    last = done;
  });
  EXPECT_EQ(last, kMany + 1);
  EXPECT_EQ(scan.unreadable.size(), 1u);
  ASSERT_EQ(scan.jobs.size(), kMany);
  for (std::size_t i = 0; i < kMany; ++i) ASSERT_EQ(scan.jobs[i].sequence, i + 1);
}

TEST_F(ScanTest, SaysWhyAFileIsLeftOut) {
  const std::string whole = packet_bytes(1, "payload");
  spool_.write("jobs/fspl-empty.fspl", "");
  spool_.write("jobs/fspl-cut.fspl", whole.substr(0, 40));
  std::string damaged = whole;
  damaged[45] = static_cast<char>(damaged[45] ^ 1);
  spool_.write("jobs/fspl-damaged.fspl", damaged);
  ASSERT_EQ(::mkfifo(job("fspl-fifo.fspl").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir(job("fspl-directory.fspl").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("/dev/zero", job("fspl-device.fspl").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", job("fspl-dangling.fspl").c_str()), 0);
  ASSERT_EQ(::symlink("fspl-loop.fspl", job("fspl-loop.fspl").c_str()), 0);
  spool_.put("fspl-good.fspl", 1);
  const auto found = unreadable();
  EXPECT_EQ(found.size(), 8u);
  EXPECT_NE(found.at("fspl-damaged.fspl").find("CRC"), std::string::npos);
  EXPECT_EQ(found.at("fspl-fifo.fspl"), "it is not a regular file");
  EXPECT_EQ(found.at("fspl-device.fspl"), "it is not a regular file");
  EXPECT_EQ(found.at("fspl-directory.fspl"), "it is a directory");
  EXPECT_EQ(found.at("fspl-dangling.fspl"), "it is a link that leads nowhere");
  EXPECT_EQ(numbers(), (Numbers{1}));
}

TEST_F(ScanTest, FollowsALinkToAPacket) {
  spool_.write("outside", packet_bytes(7));
  ASSERT_EQ(::symlink("../outside", job("fspl-link.fspl").c_str()), 0);
  EXPECT_EQ(numbers(), (Numbers{7}));
}

TEST_F(ScanTest, DecodesWithACommand) {
  spool_.write("jobs/fspl-1.fspl", "x" + packet_bytes(1, std::string(200000, 'p')));
  spool_.write("jobs/fspl-2.fspl", "x" + packet_bytes(2));
  spool_.put("fspl-3.fspl", 3);
  const Decoder decoder("tail -c +2");
  EXPECT_EQ(numbers(&decoder), (Numbers{1, 2}));
  EXPECT_EQ(unreadable(&decoder).count("fspl-3.fspl"), 1u);
  EXPECT_EQ(numbers(), (Numbers{3}));
}

TEST_F(ScanTest, OneFileGivesTheSameAsAll) {
  spool_.put("fspl-1.fspl", 5);
  const auto found = scan_job(spool_.spool(), "fspl-1.fspl", EntryType::unknown, nullptr);
  ASSERT_TRUE(std::holds_alternative<ScannedJob>(found));
  EXPECT_EQ(std::get<ScannedJob>(found).sequence, 5u);
  const auto gone = scan_job(spool_.spool(), "fspl-gone.fspl", EntryType::unknown, nullptr);
  ASSERT_TRUE(std::holds_alternative<Unreadable>(gone));
  EXPECT_TRUE(std::get<Unreadable>(gone).is_missing());
}

TEST_F(ScanTest, FindsAJobOnlyWhereNumbersAreUnique) {
  spool_.put("fspl-1.fspl", 1);
  spool_.put("fspl-2.fspl", 2);
  EXPECT_EQ(find_job(spool_.spool(), nullptr, 2).name, "fspl-2.fspl");
  EXPECT_THROW(find_job(spool_.spool(), nullptr, 3), Error);
  spool_.put("fspl-3.fspl", 1);
  try {
    find_job(spool_.spool(), nullptr, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::duplicate);
  }
}

TEST_F(ScanTest, ReadingAPacketDoesNotMoveTheDescriptor) {
  spool_.put("fspl-1.fspl", 1, "payload");
  const Fd file(::open(job("fspl-1.fspl").c_str(), O_RDONLY | O_CLOEXEC));
  const auto packet = read_packet(file.get());
  ASSERT_TRUE(std::holds_alternative<LocatedHeader>(packet));
  EXPECT_EQ(std::get<LocatedHeader>(packet).payload_offset, packet_bytes(1).size());
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 0);
}

TEST_F(ScanTest, AStreamIsReadUpToThePayloadExactly) {
  PacketHeader large;
  large.parameters.assign(1, std::string(100000, 'p'));
  const std::string bytes = encode_packet_header(large) + "payload";
  spool_.write("stream", bytes);
  const Fd file(::open(spool_.path("stream").c_str(), O_RDONLY | O_CLOEXEC));
  std::uint64_t size = 0;
  EXPECT_EQ(read_packet_header(file.get(), "the stream", &size), large);
  EXPECT_EQ(size, bytes.size() - 7);
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), static_cast<off_t>(size));
  EXPECT_THROW(read_packet_header(file.get(), "the stream"), Error);
}

}  // namespace
}  // namespace bobbin
