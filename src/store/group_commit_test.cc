// SPDX-License-Identifier: Apache-2.0
#include "store/group_commit.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

namespace bobbin {
namespace {

TEST(GroupCommit, writes_for_all_who_asked_meanwhile_at_once) {
  std::promise<void> may_end;
  std::promise<void> has_begun;
  std::vector<std::pair<Durability, std::vector<JobNumber>>> writes;
  std::optional<GroupCommit> group;
  group.emplace([&](Durability durability, const std::vector<JobNumber>& contents) {
    writes.emplace_back(durability, contents);
    if (writes.size() > 1) return;
    has_begun.set_value();
    may_end.get_future().wait();
  });
  int done = 0;
  const auto request = [&](Durability durability, std::uint64_t content) {
    group->submit({durability, JobNumber{content}, [&](auto error) { done += error ? 100 : 1; }});
  };
  std::thread leader([&] { request(Durability::recorded, 0); });
  has_begun.get_future().wait();
  request(Durability::recorded, 0);
  request(Durability::durable, 5);
  request(Durability::durable, 6);
  EXPECT_EQ(done, 0);
  may_end.set_value();
  leader.join();
  group.reset();  // once all are served
  EXPECT_EQ(done, 4);
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[0].first, Durability::recorded);
  EXPECT_EQ(writes[1].first, Durability::durable);
  EXPECT_EQ(writes[1].second, (std::vector{JobNumber{5}, JobNumber{6}}));
}

TEST(GroupCommit, a_failure_is_told_to_those_who_waited_only) {
  int attempts = 0;
  GroupCommit group([&](Durability, const std::vector<JobNumber>&) {
    if (++attempts == 1) throw std::runtime_error("full");
  });
  std::vector<bool> failed;
  for (int i = 0; i < 2; ++i) {
    group.submit(
        {Durability::durable, {}, [&](auto error) { failed.push_back(error != nullptr); }});
  }
  EXPECT_EQ(failed, (std::vector{true, false}));
}

}  // namespace
}  // namespace bobbin
