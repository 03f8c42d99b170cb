// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

namespace bobbin {
namespace {

TEST(LogLevel, IsANameInAnyCaseOrADigit) {
  EXPECT_EQ(parse_log_level("trace"), LogLevel::trace);
  EXPECT_EQ(parse_log_level("WARN"), LogLevel::warn);
  EXPECT_EQ(parse_log_level("5"), LogLevel::trace);
  EXPECT_EQ(parse_log_level("1"), LogLevel::error);
  EXPECT_EQ(parse_log_level("0"), std::nullopt);
  EXPECT_EQ(parse_log_level("6"), std::nullopt);
  EXPECT_EQ(parse_log_level(""), std::nullopt);
  EXPECT_EQ(parse_log_level("off"), std::nullopt);
  EXPECT_EQ(parse_log_level("warning"), std::nullopt);
}

}  // namespace
}  // namespace bobbin
