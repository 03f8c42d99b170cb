// SPDX-License-Identifier: Apache-2.0
#include "mount/config_draft.h"

#include <gtest/gtest.h>

#include "jobs/config.h"

namespace bobbin {
namespace {

using enum ConfigDraft::Result;

ConfigDraft::Result write(ConfigDraft& draft, std::uint64_t offset, std::string_view bytes) {
  return draft.write(offset, bytes, [](const std::string&) { return true; });
}

TEST(ConfigDraft, NothingIsWrittenUntilSomethingIs) {
  ConfigDraft draft("{}\n");
  EXPECT_EQ(draft.written(), std::nullopt);
  EXPECT_EQ(draft.read(0, 100), "{}\n");
  EXPECT_EQ(draft.resize(0), done);
  EXPECT_EQ(draft.written(), std::nullopt);
}

TEST(ConfigDraft, WritesInPieces) {
  ConfigDraft draft("old text");
  ASSERT_EQ(draft.resize(0), done);
  ASSERT_EQ(write(draft, 0, "{\"a\""), done);
  ASSERT_EQ(write(draft, 4, ":1}"), done);
  EXPECT_EQ(draft.written(), "{\"a\":1}");
  EXPECT_EQ(draft.read(4, 2), ":1");
  EXPECT_EQ(draft.read(7, 2), "");
}

TEST(ConfigDraft, InTheMiddleAndBeyondTheEnd) {
  ConfigDraft draft("abc");
  ASSERT_EQ(write(draft, 1, "X"), done);
  EXPECT_EQ(draft.written(), "aXc");
  ASSERT_EQ(write(draft, 5, "Y"), done);
  EXPECT_EQ(draft.written(), std::string("aXc\0\0Y", 6));
}

TEST(ConfigDraft, WhatWasAcceptedIsNotWrittenAgain) {
  ConfigDraft draft("");
  ASSERT_EQ(write(draft, 0, "{}"), done);
  draft.accepted();
  EXPECT_EQ(draft.written(), std::nullopt);
  ASSERT_EQ(write(draft, 2, " "), done);
  EXPECT_EQ(draft.written(), "{} ");
}

TEST(ConfigDraft, ACompleteTextIsCheckedAtOnce) {
  ConfigDraft draft("");
  const auto refuse = [](const std::string&) { return false; };
  EXPECT_EQ(draft.write(0, "{\"a\":{}", refuse), done);  // not complete
  EXPECT_EQ(draft.write(7, "}", refuse), refused);
  EXPECT_EQ(draft.read(0, 100), "{\"a\":{}");
  EXPECT_EQ(write(draft, 7, "}\n"), done);
  EXPECT_EQ(draft.write(0, "{", refuse), done);  // not its end
}

TEST(ConfigDraft, IsBounded) {
  ConfigDraft draft("x");
  EXPECT_EQ(write(draft, kMaxConfigBytes, "y"), too_large);
  EXPECT_EQ(write(draft, ~std::uint64_t{0}, "y"), too_large);
  EXPECT_EQ(draft.resize(kMaxConfigBytes + 1), too_large);
  EXPECT_EQ(draft.written(), std::nullopt);
  EXPECT_EQ(draft.read(0, 10), "x");
  EXPECT_EQ(write(draft, kMaxConfigBytes - 1, "y"), done);
}

}  // namespace
}  // namespace bobbin
