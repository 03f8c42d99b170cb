// SPDX-License-Identifier: Apache-2.0
#include "spool/layout.h"

#include <gtest/gtest.h>

namespace bobbin {
namespace {

TEST(Layout, NewJobNamesAreJobNamesAndDiffer) {
  const std::string name = new_job_name();
  EXPECT_TRUE(is_job_name(name)) << name;
  EXPECT_EQ(name.size(), 5u + 36u + 5u);
  EXPECT_NE(name, new_job_name());
}

TEST(Layout, TellsJobNames) {
  for (const char* name : {"fspl-.fspl", "fspl-1.fspl", "fspl-two words.fspl", "fspl-\xff.fspl",
                           "fspl-a.sync-conflict-20200101-101010-ABC.fspl"}) {
    EXPECT_TRUE(is_job_name(name)) << name;
  }
  for (const char* name : {"", "fspl-", ".fspl", "fspl-fspl", "fspl.fspl", "FSPL-1.fspl",
                           "fspl-1.FSPL", "fspl-1.fspl.out", "fspl-1.fspl~", ".fspl-1.fspl.x",
                           "tmp-fspl-1.fspl.tmp", "xfspl-1.fspl"}) {
    EXPECT_FALSE(is_job_name(name)) << name;
  }
}

TEST(Layout, TemporaryNamesAreNoJobNames) {
  const std::string name = temp_name("fspl-1.fspl");
  EXPECT_TRUE(is_temp_name(name));
  EXPECT_FALSE(is_job_name(name));
  for (const char* other :
       {"fspl-1.fspl", "tmp-fspl-1.fspl", "tmp-x.tmp", "tmp-fspl-.tmp", "x.tmp"}) {
    EXPECT_FALSE(is_temp_name(other)) << other;
  }
}

TEST(Layout, TellsConflictCopies) {
  for (const char* name :
       {"fspl-1.sync-conflict-20230101-120000-ABCDEFG.fspl", "fspl-1 (conflicted copy).fspl",
        "fspl-1 (Ann's conflicted copy 2023-01-01).fspl",
        "fspl-1 (conflicted copy 2023-01-01 120000).fspl", "fspl-1-conflict.fspl",
        "fspl-1.fspl~"}) {
    EXPECT_TRUE(is_conflict_copy(name)) << name;
  }
  for (const char* name :
       {"fspl-1.fspl", "conflicted copy", "notes~", "fspl-conflict-of-interest.fspl"}) {
    EXPECT_FALSE(is_conflict_copy(name)) << name;
  }
}

}  // namespace
}  // namespace bobbin
