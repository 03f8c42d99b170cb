// SPDX-License-Identifier: Apache-2.0
#include "mount/node.h"

#include <gtest/gtest.h>

#include <set>

namespace bobbin {
namespace {

TEST(Node, InodesOfFixedNodesAreThoseOfTheManual) {
  EXPECT_EQ(inode_of(FixedNode::root), 1u);
  EXPECT_EQ(inode_of(FixedNode::pending), 2u);
  EXPECT_EQ(inode_of(FixedNode::complete), 3u);
  EXPECT_EQ(inode_of(FixedNode::failed), 4u);
  EXPECT_EQ(inode_of(FixedNode::active), 5u);
  EXPECT_EQ(inode_of(FixedNode::events), 10u);
}

TEST(Node, BothWaysAgree) {  // invariants 1 and 2
  std::set<std::uint64_t> seen;
  for (const FixedEntry& entry : kFixedEntries) {
    const std::uint64_t inode = inode_of(entry.node);
    EXPECT_EQ(node_at(inode), Node{entry.node});
    EXPECT_TRUE(seen.insert(inode).second);
  }
  for (const std::uint64_t number : {1ull, 2ull, 3ull, 1'000'000ull, 1ull << 62}) {
    for (const JobFile file : {JobFile::content, JobFile::log}) {
      const JobNode node{JobNumber{number}, file};
      EXPECT_EQ(node_at(inode_of(node)), Node{node});
      EXPECT_TRUE(seen.insert(inode_of(node)).second);
    }
  }
}

TEST(Node, NumbersBetweenAreNobodys) {
  EXPECT_EQ(node_at(0), std::nullopt);
  for (std::uint64_t inode = kFixedNodes + 1; inode < kFirstJobInode + 2; ++inode) {
    EXPECT_EQ(node_at(inode), std::nullopt) << inode;
  }
}

TEST(Node, NamesInTheRoot) {
  EXPECT_EQ(fixed_named("config.json"), FixedNode::config);
  EXPECT_EQ(fixed_named("pending"), FixedNode::pending);
  EXPECT_EQ(fixed_named(""), std::nullopt);
  EXPECT_EQ(fixed_named("config"), std::nullopt);
}

TEST(Node, EveryStateHasItsDirectory) {
  for (const JobState state : kJobStates) {
    EXPECT_EQ(state_shown_in(directory_of(state)), state);
    EXPECT_EQ(fixed_named(name_of(state)), directory_of(state));
    EXPECT_TRUE(is_directory(directory_of(state)));
  }
  EXPECT_TRUE(is_directory(FixedNode::root));
  EXPECT_FALSE(is_directory(FixedNode::config));
}

}  // namespace
}  // namespace bobbin
