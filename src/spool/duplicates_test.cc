// SPDX-License-Identifier: Apache-2.0
#include "spool/duplicates.h"

#include <bobbin/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/quarantine.h"
#include "spool/test_spool.h"

namespace bobbin {
namespace {

class Duplicates : public testing::Test {
 protected:
  std::vector<std::string> absorb(std::uint64_t first = 1) {
    Scan scan = scan_jobs(spool_.spool(), nullptr);
    count_ = absorb_duplicates(spool_.spool(), scan.jobs, first, Log("test", LogLevel::error));
    std::vector<std::string> names;
    for (const ScannedJob& job : scan.jobs) names.push_back(job.name);
    return names;
  }
  void expect_count(std::uint64_t removed, std::uint64_t quarantined) const {
    EXPECT_EQ(count_.removed, removed);
    EXPECT_EQ(count_.quarantined, quarantined);
  }

  TestSpool spool_;
  AbsorbedDuplicates count_;
};

using Names = std::vector<std::string>;

TEST_F(Duplicates, UniqueNumbersAreLeftAlone) {
  spool_.put("fspl-1.fspl", 1);
  spool_.put("fspl-2.fspl", 2);
  EXPECT_EQ(absorb(), (Names{"fspl-1.fspl", "fspl-2.fspl"}));
  expect_count(0, 0);
}

TEST_F(Duplicates, IdenticalCopiesGoAndTheFirstToArriveStays) {
  const std::string payload(200000, 'p');
  spool_.put("fspl-z.fspl", 1, payload);
  ASSERT_EQ(::link(spool_.path("jobs/fspl-z.fspl").c_str(), spool_.path("keep").c_str()), 0);
  for (const char* name : {"fspl-b.fspl", "fspl-a.fspl"}) {
    spool_.put(name, 1, payload);
  }
  EXPECT_EQ(absorb().size(), 1u);
  expect_count(2, 0);
  EXPECT_FALSE(spool_.has("quarantine"));
}

TEST_F(Duplicates, OfThoseThatDifferOneStaysAndTheOthersAreKeptAside) {
  spool_.put("fspl-a.sync-conflict-20200101-000000-AAAAAAA.fspl", 1, "other");
  spool_.put("fspl-z.fspl", 1, "this");
  EXPECT_EQ(absorb(), (Names{"fspl-z.fspl"}));
  expect_count(0, 1);
  EXPECT_TRUE(spool_.has("quarantine/fspl-a.sync-conflict-20200101-000000-AAAAAAA.fspl"));
  EXPECT_NE(spool_.read("quarantine/fspl-a.sync-conflict-20200101-000000-AAAAAAA.fspl.reason")
                .find("sequence number 1 of fspl-z.fspl"),
            std::string::npos);
}

TEST_F(Duplicates, TheWholeFileStaysBeforeOneThatWasCut) {
  spool_.put("fspl-a.fspl", 1, "pay");
  spool_.put("fspl-b-conflict.fspl", 1, "payload");
  EXPECT_EQ(absorb(), (Names{"fspl-b-conflict.fspl"}));
  expect_count(0, 1);
  EXPECT_NE(spool_.read("quarantine/fspl-a.fspl.reason").find("cut short"), std::string::npos);
}

TEST_F(Duplicates, NumbersThatWerePassedAreNotTouched) {
  spool_.put("fspl-a.fspl", 1, "one");
  spool_.put("fspl-b.fspl", 1, "two");
  spool_.put("fspl-c.fspl", 2);
  EXPECT_EQ(absorb(2).size(), 3u);
  expect_count(0, 0);
  EXPECT_TRUE(spool_.has("jobs/fspl-a.fspl") && spool_.has("jobs/fspl-b.fspl"));
}

TEST(Quarantine, KeepsTheFileAndTheReason) {
  const TestSpool spool;
  spool.put("fspl-1.fspl", 1, "bad");
  EXPECT_EQ(quarantine(spool.spool(), "fspl-1.fspl", "it is bad"),
            spool.path("quarantine/fspl-1.fspl"));
  EXPECT_FALSE(spool.has("jobs/fspl-1.fspl"));
  EXPECT_EQ(spool.read("quarantine/fspl-1.fspl"), packet_bytes(1, "bad"));
  const std::string reason = spool.read("quarantine/fspl-1.fspl.reason");
  EXPECT_EQ(reason.substr(reason.find(' ')), " it is bad\n");
}

TEST(Quarantine, NeverReplacesAnything) {
  const TestSpool spool;
  spool.put("fspl-1.fspl", 1, "first");
  quarantine(spool.spool(), "fspl-1.fspl", "first");
  spool.put("fspl-1.fspl", 1, "second");
  const std::string second = quarantine(spool.spool(), "fspl-1.fspl", "second");
  EXPECT_NE(second, spool.path("quarantine/fspl-1.fspl"));
  EXPECT_EQ(spool.read("quarantine/fspl-1.fspl"), packet_bytes(1, "first"));
}

TEST(Quarantine, DoesNotFollowALink) {
  const TestSpool spool;
  spool.put("fspl-1.fspl", 1);
  ASSERT_EQ(::mkdir(spool.path("elsewhere").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("elsewhere", spool.path("quarantine").c_str()), 0);
  EXPECT_THROW(quarantine(spool.spool(), "fspl-1.fspl", "reason"), Error);
  EXPECT_TRUE(spool.has("jobs/fspl-1.fspl"));
  EXPECT_FALSE(spool.has("elsewhere/fspl-1.fspl.reason"));
}

}  // namespace
}  // namespace bobbin
