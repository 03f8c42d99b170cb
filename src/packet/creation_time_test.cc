// SPDX-License-Identifier: Apache-2.0
// The expected texts are what `fspl stdin-info` 1.2.2 printed.
#include "packet/creation_time.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace bobbin {
namespace {

class CreationTimeTest : public ::testing::Test {
 protected:
  void TearDown() override { use_zone("UTC"); }

  static void use_zone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
};

TEST_F(CreationTimeTest, IsRepresentableFromYearMinus262144To262143) {
  EXPECT_TRUE(is_representable({0, 0}));
  EXPECT_TRUE(is_representable({8210298412799, 1999999999}));
  EXPECT_TRUE(is_representable({-8334632851200, 0}));
  EXPECT_FALSE(is_representable({8210298412800, 0}));
  EXPECT_FALSE(is_representable({-8334632851201, 0}));
  EXPECT_FALSE(is_representable({0, 2000000000}));
  EXPECT_FALSE(is_representable({INT64_MAX, 0}));
  EXPECT_FALSE(is_representable({INT64_MIN, 0}));
}

TEST_F(CreationTimeTest, YearsHaveFourDigitsAndASignBeyond) {
  EXPECT_EQ(utc_text({0, 999999999}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text({1700000000, 0}), "2023-11-14T22:13:20Z");
  EXPECT_EQ(utc_text({951868799, 0}), "2000-02-29T23:59:59Z");
  EXPECT_EQ(utc_text({4107542400, 0}), "2100-03-01T00:00:00Z");
  EXPECT_EQ(utc_text({253402300799, 0}), "9999-12-31T23:59:59Z");
  EXPECT_EQ(utc_text({253402300800, 0}), "+10000-01-01T00:00:00Z");
  EXPECT_EQ(utc_text({1000000000000, 0}), "+33658-09-27T01:46:40Z");
  EXPECT_EQ(utc_text({-1, 0}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(utc_text({-62135596800, 0}), "0001-01-01T00:00:00Z");
  EXPECT_EQ(utc_text({-62167219200, 0}), "0000-01-01T00:00:00Z");
  EXPECT_EQ(utc_text({-62167219201, 0}), "-0001-12-31T23:59:59Z");
  EXPECT_EQ(utc_text({-377705116800, 0}), "-9999-01-01T00:00:00Z");
  EXPECT_EQ(utc_text({8210298412799, 0}), "+262143-12-31T23:59:59Z");
  EXPECT_EQ(utc_text({-8334632851200, 0}), "-262144-01-01T00:00:00Z");
}

TEST_F(CreationTimeTest, LeapSecondsNeverCarry) {
  EXPECT_EQ(utc_text({59, 999999999}), "1970-01-01T00:00:59Z");
  EXPECT_EQ(utc_text({59, 1000000000}), "1970-01-01T00:00:60Z");
  EXPECT_EQ(utc_text({58, 1999999999}), "1970-01-01T00:00:59Z");
  EXPECT_EQ(utc_text({30, 1000000000}), "1970-01-01T00:00:31Z");
  EXPECT_EQ(utc_text({8210298412799, 1999999999}), "+262143-12-31T23:59:60Z");
}

TEST_F(CreationTimeTest, LocalTimesHaveAnOffset) {
  local_text({0, 0});  // which sets the zone once; from here on it is the test that does
  use_zone("UTC");
  EXPECT_EQ(local_text({1700000000, 0}), "2023-11-14T22:13:20+00:00");
  use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(local_text({1700000000, 0}), "2023-11-14T23:13:20+01:00");
  EXPECT_EQ(local_text({1720000000, 0}), "2024-07-03T11:46:40+02:00");
  use_zone("EST5");
  EXPECT_EQ(local_text({0, 0}), "1969-12-31T19:00:00-05:00");
  use_zone("<+0330>-3:30");
  EXPECT_EQ(local_text({1700000000, 0}), "2023-11-15T01:43:20+03:30");
  use_zone("GMT-14");
  EXPECT_EQ(local_text({-1000000000, 0}), "1938-04-25T12:13:20+14:00");
  use_zone("JST-9");
  EXPECT_EQ(local_text({253402300799, 0}), "+10000-01-01T08:59:59+09:00");
  EXPECT_EQ(local_text({8210298412799, 0}), "+262144-01-01T08:59:59+09:00");
}

TEST_F(CreationTimeTest, SecondsOfAnOffsetAreCut) {
  local_text({0, 0});
  use_zone("<-004430>0:44:30");
  EXPECT_EQ(local_text({0, 0}), "1969-12-31T23:15:30-00:44");
  EXPECT_EQ(local_text({29, 1000000000}), "1969-12-31T23:15:60-00:44");
  EXPECT_EQ(local_text({59, 1000000000}), "1969-12-31T23:16:30-00:44");
}

}  // namespace
}  // namespace bobbin
