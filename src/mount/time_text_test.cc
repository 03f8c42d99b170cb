// SPDX-License-Identifier: Apache-2.0
#include "mount/time_text.h"

#include <gtest/gtest.h>

namespace bobbin {
namespace {

using std::chrono::nanoseconds;

TEST(TimeText, Utc) {
  EXPECT_EQ(time_text(WallTime{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(time_text(WallTime{nanoseconds(1'795'338'764'123'999'999)}),
            "2026-11-22T09:12:44.123Z");
  EXPECT_EQ(time_text(WallTime{nanoseconds(-1)}), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace bobbin
