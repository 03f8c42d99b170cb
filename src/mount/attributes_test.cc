// SPDX-License-Identifier: Apache-2.0
#include "mount/attributes.h"

#include <gtest/gtest.h>

namespace bobbin {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

WallTime at(std::int64_t second) { return WallTime{seconds(second)}; }

Job a_job() {
  Job job;
  job.number = JobNumber{7};
  job.mode = 0640;
  job.uid = 1000;
  job.gid = 100;
  job.modified = at(100);
  job.changed = at(200);
  job.content_size = 513;
  job.log_size = 10;
  return job;
}

TEST(Attributes, OfContent) {
  const struct stat stat = job_stat(a_job(), JobFile::content, std::nullopt);
  EXPECT_EQ(stat.st_ino, inode_of(JobNode{JobNumber{7}, JobFile::content}));
  EXPECT_EQ(stat.st_mode, static_cast<mode_t>(S_IFREG | 0640));
  EXPECT_EQ(stat.st_uid, 1000u);
  EXPECT_EQ(stat.st_gid, 100u);
  EXPECT_EQ(stat.st_nlink, 1u);
  EXPECT_EQ(stat.st_size, 513);
  EXPECT_EQ(stat.st_blocks, 2);
  EXPECT_EQ(stat.st_mtim.tv_sec, 100);
  EXPECT_EQ(stat.st_ctim.tv_sec, 200);
}

TEST(Attributes, OfALogAtRest) {
  Job job = a_job();
  job.state = JobState::failed;
  job.modified = at(300);  // the end of its attempt, or what a user has set
  const struct stat stat = job_stat(job, JobFile::log, std::nullopt);
  EXPECT_EQ(stat.st_size, 10);
  EXPECT_EQ(stat.st_mtim.tv_sec, 300);
}

TEST(Attributes, OfARunningLog) {
  Job job = a_job();
  job.state = JobState::active;
  const struct stat stat = job_stat(job, JobFile::log, LogStat{.size = 77, .modified = at(400)});
  EXPECT_EQ(stat.st_size, 77);
  EXPECT_EQ(stat.st_mtim.tv_sec, 400);
}

TEST(Attributes, OfFixedNodes) {
  const NodeAttributes attributes{.mode = 0750, .uid = 1, .gid = 2, .modified = at(5)};
  const struct stat root = fixed_stat(FixedNode::root, attributes, 0);
  EXPECT_EQ(root.st_nlink, 6u);
  EXPECT_EQ(root.st_mode, static_cast<mode_t>(S_IFDIR | 0750));
  EXPECT_EQ(fixed_stat(FixedNode::active, attributes, 0).st_nlink, 2u);
  const struct stat config = fixed_stat(FixedNode::config, attributes, 9);
  EXPECT_EQ(config.st_size, 9);
  EXPECT_EQ(config.st_nlink, 1u);
  EXPECT_TRUE(S_ISREG(config.st_mode));
}

TEST(Attributes, TimesBothWays) {
  for (const std::int64_t count : {0ll, 1ll, -1ll, -1'000'000'001ll, 1'795'329'882'123'456'789ll}) {
    const WallTime time{nanoseconds(count)};
    const timespec spec = timespec_of(time);
    EXPECT_GE(spec.tv_nsec, 0);
    EXPECT_LT(spec.tv_nsec, 1'000'000'000);
    EXPECT_EQ(wall_time_of(spec), time);
  }
}

TEST(Attributes, TimesBeyondWhatCanBeKeptAreTheNearest) {
  const WallTime late = wall_time_of({.tv_sec = std::int64_t{1} << 62, .tv_nsec = 999'999'999});
  EXPECT_GT(late, at(9'000'000'000));
  const WallTime early = wall_time_of({.tv_sec = -(std::int64_t{1} << 62), .tv_nsec = 0});
  EXPECT_LT(early, at(-9'000'000'000));
}

}  // namespace
}  // namespace bobbin
