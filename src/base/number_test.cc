// SPDX-License-Identifier: Apache-2.0
#include "base/number.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/backoff.h"
#include "base/fail.h"
#include "base/utf8.h"

namespace bobbin {
namespace {

TEST(ParseNumber, TakesDecimalsWithPlusAndZerosInFront) {
  EXPECT_EQ(parse_number("0"), 0u);
  EXPECT_EQ(parse_number("+7"), 7u);
  EXPECT_EQ(parse_number("00000000000000000000000000012"), 12u);
  EXPECT_EQ(parse_number("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(ParseNumber, RefusesEverythingElse) {
  for (const char* text : {"", "+", "-1", "-0", "++1", "+-1", " 3", "3 ", "1.5", "0x10", "1e3",
                           "18446744073709551616", "99999999999999999999999", "1_000", "١"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
  }
}

TEST(Backoff, GrowsByTheMultiplierUpToTheMost) {
  const Backoff backoff{0.5, 3, 10};
  EXPECT_DOUBLE_EQ(backoff.seconds_after(1), 0.5);
  EXPECT_DOUBLE_EQ(backoff.seconds_after(2), 1.5);
  EXPECT_DOUBLE_EQ(backoff.seconds_after(3), 4.5);
  EXPECT_DOUBLE_EQ(backoff.seconds_after(4), 10);
  EXPECT_DOUBLE_EQ(backoff.seconds_after(std::numeric_limits<unsigned>::max()), 10);
}

TEST(Backoff, HasNoPauseWithoutABaseAndMayShrink) {
  EXPECT_DOUBLE_EQ((Backoff{0, 2, 10}).seconds_after(5), 0);
  EXPECT_DOUBLE_EQ((Backoff{8, 0.5, 10}).seconds_after(3), 2);
  EXPECT_DOUBLE_EQ((Backoff{1, 0, 10}).seconds_after(2), 0);
  EXPECT_DOUBLE_EQ((Backoff{0, 1e300, 10}).seconds_after(9), 10) << "0 times infinity";
}

TEST(Utf8, IsToldFromOtherBytes) {
  for (const char* good : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xfe"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(Shown, LeavesOrdinaryNamesAsTheyAre) {
  EXPECT_EQ(shown("queue/jobs/fspl-1.fspl"), "queue/jobs/fspl-1.fspl");
  EXPECT_EQ(shown("\xc3\xa4pfel"), "\xc3\xa4pfel");
}

TEST(Shown, MarksWhatATerminalOrAReaderWouldMisread) {
  EXPECT_EQ(shown(""), "\"\"");
  EXPECT_EQ(shown("two words"), "\"two words\"");
  const std::string escape = shown("a\x1b[2Jb");
  EXPECT_EQ(escape.find('\x1b'), std::string::npos);
  EXPECT_NE(escape.find("\\x1b"), std::string::npos);
  EXPECT_EQ(shown("a\nb").find('\n'), std::string::npos);
  EXPECT_NE(shown("\xff").find("\\xff"), std::string::npos);
  EXPECT_TRUE(is_utf8(shown("\xff\xc2")));
}

}  // namespace
}  // namespace bobbin
