// SPDX-License-Identifier: Apache-2.0
#include "mount/ownership.h"

#include <gtest/gtest.h>

namespace bobbin {
namespace {

constexpr gid_t kGroups[] = {20, 30};
constexpr Caller kOwner{.uid = 5, .gid = 10, .groups = kGroups};
constexpr Caller kOther{.uid = 6, .gid = 10, .groups = kGroups};
constexpr Caller kRoot{.uid = 0, .gid = 0, .groups = {}};

bool may(const Caller& caller, AttributeChange change) {
  return may_change_owner(caller, 5, 10, change);
}

TEST(Ownership, RootGivesAnythingToAnybody) { EXPECT_TRUE(may(kRoot, {.uid = 9, .gid = 9})); }

TEST(Ownership, AnOwnerKeepsItButMayChooseAmongHisGroups) {
  EXPECT_TRUE(may(kOwner, {.mode = 0600}));
  EXPECT_TRUE(may(kOwner, {.uid = 5}));
  EXPECT_FALSE(may(kOwner, {.uid = 6}));
  EXPECT_TRUE(may(kOwner, {.gid = 10}));
  EXPECT_TRUE(may(kOwner, {.gid = 30}));
  EXPECT_FALSE(may(kOwner, {.gid = 40}));
  EXPECT_FALSE(may(kOwner, {.uid = 6, .gid = 30}));
}

TEST(Ownership, OthersMayNot) {
  EXPECT_FALSE(may(kOther, {.uid = 6}));
  EXPECT_FALSE(may(kOther, {.gid = 20}));
  EXPECT_TRUE(may(kOther, {.gid = 10}));  // as it was: no change
}

}  // namespace
}  // namespace bobbin
