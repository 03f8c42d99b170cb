// SPDX-License-Identifier: Apache-2.0
#include "spool/sequence_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace bobbin {
namespace {

TEST(SequenceText, IsReadAsItIsWritten) {
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4711},
                                     std::numeric_limits<std::uint64_t>::max()}) {
    EXPECT_EQ(parse_sequence_text(sequence_text(number)), number);
  }
  EXPECT_EQ(sequence_text(12), "12\n");
}

TEST(SequenceText, OfARunIsReadAsTheSameNumberAndToldApart) {
  EXPECT_EQ(parse_sequence_text(sequence_text_in_run(12)), 12u);
  EXPECT_TRUE(is_in_run(sequence_text_in_run(12)));
  for (const char* text : {"", "12", "12\n", "12\n\n", "12\nin a", "in a run\n"}) {
    EXPECT_FALSE(is_in_run(text)) << text;
  }
}

TEST(SequenceText, MayHaveAnyWhiteSpaceAround) {
  for (const char* space : {"\t", "\v", "\f", "\r", " ", "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80",
                            "\xe2\x80\x80", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
                            "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"}) {
    const std::string blank(space);
    EXPECT_EQ(parse_sequence_text(blank + "7"), 7u) << blank;
    EXPECT_EQ(parse_sequence_text("7" + blank), 7u) << blank;
    EXPECT_EQ(parse_sequence_text(blank + " " + blank + "7\t" + blank + "\n"), 7u) << blank;
    EXPECT_EQ(parse_sequence_text("7" + blank + "7"), std::nullopt) << blank;
    EXPECT_EQ(parse_sequence_text(blank), std::nullopt) << blank;
  }
}

TEST(SequenceText, KnowsWhatIsNoWhiteSpace) {
  EXPECT_EQ(parse_sequence_text("\xe2\x80\x8b"
                                "7"),
            std::nullopt)
      << "zero width space";
  EXPECT_EQ(parse_sequence_text("\xef\xbb\xbf"
                                "7"),
            std::nullopt)
      << "byte order mark";
  EXPECT_EQ(parse_sequence_text(std::string("7\0", 2)), std::nullopt);
}

TEST(SequenceText, IsTheFirstLineOnly) {
  EXPECT_EQ(parse_sequence_text("5"), 5u);
  EXPECT_EQ(parse_sequence_text("5\n6\n"), 5u);
  EXPECT_EQ(parse_sequence_text("5\nwords \xff"), 5u);
  EXPECT_EQ(parse_sequence_text("\n5\n"), std::nullopt);
  EXPECT_EQ(parse_sequence_text("5\r\n"), 5u);
}

TEST(SequenceText, TakesPlusAndZeros) {
  EXPECT_EQ(parse_sequence_text(" +0007 \n"), 7u);
  EXPECT_EQ(parse_sequence_text("18446744073709551615\n"),
            std::numeric_limits<std::uint64_t>::max());
}

TEST(SequenceText, RefusesWhatIsNoNumber) {
  for (const char* text : {"", " ", "\n", "x", "-1", "1.0", "1,000", "0x5", "18446744073709551616",
                           "5\xff", "\xff", "+", "1 2"}) {
    EXPECT_EQ(parse_sequence_text(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace bobbin
