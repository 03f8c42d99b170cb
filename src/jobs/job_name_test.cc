// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_name.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bobbin {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{std::chrono::seconds(1'770'000'000)};

TEST(UnfinishedName, IsWhatEditorsAndCopiersGive) {
  for (const char* name : {".", ".job.Xy12", ".job.swp", "#job#", "job~", "~", "#", ".x~"}) {
    EXPECT_TRUE(is_unfinished_name(name)) << name;
  }
  for (const char* name : {"", "job", "job.sh", "a#", "~a", "a~b", "a.", "\xff"}) {
    EXPECT_FALSE(is_unfinished_name(name)) << name;
  }
}

TEST(NameSource, GivesFourteenLettersAndDigits) {
  NameSource names;
  for (const WallTime now : {kNow, WallTime{}, WallTime{-1s}, WallTime::max(), WallTime::min()}) {
    const std::string name = names.next(now, 0xffff'ffff);
    EXPECT_EQ(name.size(), 14u);
    EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    })) << name;
    EXPECT_FALSE(is_unfinished_name(name));
  }
}

TEST(NameSource, RisesWhateverClockAndDiceDo) {
  NameSource names;
  const WallTime times[] = {kNow, kNow, kNow + 1ns, kNow - 1h, kNow + 1us, kNow + 1us, kNow + 1h};
  std::uint32_t dice = 0xffff'ffff;
  std::string last;
  for (const WallTime now : times) {
    const std::string name = names.next(now, dice);
    EXPECT_GT(name, last);
    last = name;
    dice /= 3;
  }
}

TEST(NameSource, DiffersBetweenRunsByTheDice) {
  EXPECT_NE(NameSource().next(kNow, 1), NameSource().next(kNow, 2));
  EXPECT_NE(NameSource().next(kNow, 0), NameSource().next(kNow, 1u << 19));
  EXPECT_NE(NameSource().next(kNow, 1), NameSource().next(kNow + 1us, 1));
  EXPECT_EQ(NameSource().next(WallTime{36us}, 37), "00000000100011");
}

}  // namespace
}  // namespace bobbin
