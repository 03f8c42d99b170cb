// SPDX-License-Identifier: Apache-2.0
#include "spool/garbage.h"

#include <algorithm>
#include <optional>

#include "spool/packet_writer.h"
#include "spool/test_spool.h"

namespace bobbin {
namespace {

std::vector<std::string> sorted_paths(const std::vector<GarbageFile>& files) {
  std::vector<std::string> paths;
  for (const GarbageFile& file : files) paths.push_back(file.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

using Paths = std::vector<std::string>;
constexpr std::int64_t kLongAgo = 0;

TEST(GarbageTest, AFreshSpoolHasNone) {
  const TestSpool spool;
  const Garbage garbage = find_garbage(spool.spool(), nullptr, nullptr, kLongAgo);
  EXPECT_TRUE(garbage.to_remove.empty() && garbage.kept.empty());
}

TEST(GarbageTest, AskingChangesNothingAndRemovingRemoves) {
  const TestSpool spool;
  for (std::uint64_t i = 1; i <= 3; ++i) spool.put("fspl-" + std::to_string(i) + ".fspl", i);
  spool.write("nextseq", "3\n");
  spool.write("nextseq.temp", "9\n");
  spool.write("jobs/tmp-fspl-x.fspl.tmp", "half");
  spool.write("jobs/other", "not ours");
  const SequenceFile sequence(spool.path("nextseq"), SequenceOwner::spool, LockWait::never);
  const Garbage garbage = find_garbage(spool.spool(), &sequence, nullptr, kLongAgo);
  const Paths expected{"jobs/fspl-1.fspl", "jobs/fspl-2.fspl", "jobs/tmp-fspl-x.fspl.tmp",
                       "nextseq.temp"};
  if (!garbage.kept.empty()) GTEST_SKIP() << "no leases on this file system";
  EXPECT_EQ(sorted_paths(garbage.to_remove), expected);
  for (const std::string& path : expected) EXPECT_TRUE(spool.has(path)) << path;
  for (const GarbageFile& file : garbage.to_remove) remove_garbage(spool.spool(), file);
  for (const std::string& path : expected) EXPECT_FALSE(spool.has(path)) << path;
  EXPECT_TRUE(spool.has("jobs/fspl-3.fspl") && spool.has("jobs/other"));
}

TEST(GarbageTest, ALivingWritersFileIsKept) {
  const TestSpool spool;
  std::optional<PacketWriter> writer(spool.spool());
  const Garbage garbage = find_garbage(spool.spool(), nullptr, nullptr, kLongAgo);
  EXPECT_TRUE(garbage.to_remove.empty());
  EXPECT_EQ(garbage.kept.size(), 1u);
}

TEST(GarbageTest, AnAppendOnlySpoolHasPassedNoNumber) {
  const TestSpool box(true);
  box.put("fspl-1.fspl", 0);
  EXPECT_TRUE(find_garbage(box.spool(), nullptr, nullptr, kLongAgo).to_remove.empty());
}

TEST(GarbageTest, AFileThatIsGoneAlreadyIsNoError) {
  const TestSpool spool;
  remove_garbage(spool.spool(), {"jobs/tmp-fspl-gone.fspl.tmp", "it went"});
}

}  // namespace
}  // namespace bobbin
