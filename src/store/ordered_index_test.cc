// SPDX-License-Identifier: Apache-2.0
#include "store/ordered_index.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace bobbin {
namespace {

using Index = OrderedIndex<int, std::less<>>;

std::vector<int> all(const Index& index) {
  std::vector<int> values;
  for (auto at = index.begin(); at; ++at) values.push_back(*at);
  return values;
}

TEST(OrderedIndex, has_what_a_set_has) {
  std::mt19937 random(1);
  Index index;
  std::set<int> model;
  for (int round = 0; round < 30'000; ++round) {
    // Grows, then shrinks.
    const int value = static_cast<int>(random() % 3000);
    const bool grows = random() % 10 < (round < 15'000 ? 8u : 3u);
    if (grows && model.insert(value).second) index.insert(value);
    if (!grows && model.erase(value) != 0) index.erase(value);
    const auto from = index.first_not_before(value);
    const auto expected = model.lower_bound(value);
    ASSERT_EQ(static_cast<bool>(from), expected != model.end());
    if (from) {
      ASSERT_EQ(*from, *expected);
    }
    const auto after = index.first_after(value);
    const auto later = model.upper_bound(value);
    ASSERT_EQ(static_cast<bool>(after), later != model.end());
    if (after) {
      ASSERT_EQ(*after, *later);
    }
  }
  EXPECT_EQ(index.size(), model.size());
  EXPECT_EQ(all(index), std::vector<int>(model.begin(), model.end()));
}

TEST(OrderedIndex, can_be_emptied_from_either_end) {
  Index index;
  for (int i = 0; i < 1000; ++i) index.insert(i);
  for (int i = 0; i < 500; ++i) {
    index.erase(i);
    index.erase(999 - i);
  }
  EXPECT_EQ(index.size(), 0u);
  EXPECT_FALSE(index.begin());
  index.insert(7);
  EXPECT_EQ(all(index), std::vector{7});
}

}  // namespace
}  // namespace bobbin
