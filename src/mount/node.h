// SPDX-License-Identifier: Apache-2.0
// Which inode is what. Computed both ways from what the node is: there is no table, nothing is
// counted, and no number is used twice, as job numbers are not.
//
// A job has two inodes: its content is one file (shown in pending/), its log another (shown in the
// other directories). So whoever has one of them open keeps what he opened when the job moves on.
//
// Invariants: 1. inode_of and node_at are inverse to each other. 2. No two nodes share an inode.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "jobs/store.h"

namespace bobbin {

enum class JobFile : std::uint8_t { content, log };

struct JobNode {
  JobNumber number{};
  JobFile file = JobFile::content;

  friend bool operator==(const JobNode&, const JobNode&) = default;
};

using Node = std::variant<FixedNode, JobNode>;

// In the order of their inodes, from 1.
struct FixedEntry {
  FixedNode node;
  std::string_view name;  // in the root
};
inline constexpr FixedEntry kFixedEntries[kFixedNodes] = {
    {FixedNode::root, ""},
    {FixedNode::pending, "pending"},
    {FixedNode::complete, "complete"},
    {FixedNode::failed, "failed"},
    {FixedNode::active, "active"},
    {FixedNode::new_id, "new-id"},
    {FixedNode::config, "config.json"},
    {FixedNode::status, "status.json"},
    {FixedNode::metrics, "metrics"},
    {FixedNode::events, "events"},
};

inline constexpr std::uint64_t kFirstJobInode = 16;

constexpr std::uint64_t inode_of(FixedNode node) noexcept {
  std::uint64_t inode = 1;
  while (kFixedEntries[inode - 1].node != node) ++inode;
  return inode;
}

constexpr std::uint64_t inode_of(JobNode node) noexcept {
  return kFirstJobInode + 2 * static_cast<std::uint64_t>(node.number) +
         (node.file == JobFile::log ? 1 : 0);
}

// nullopt: no node has this number.
constexpr std::optional<Node> node_at(std::uint64_t inode) noexcept {
  if (inode >= 1 && inode <= kFixedNodes) return kFixedEntries[inode - 1].node;
  if (inode < kFirstJobInode + 2) return std::nullopt;
  return JobNode{JobNumber{(inode - kFirstJobInode) / 2},
                 inode % 2 == 0 ? JobFile::content : JobFile::log};
}

// What a job's name in this directory leads to.
constexpr JobFile file_in(JobState state) noexcept {
  return state == JobState::pending ? JobFile::content : JobFile::log;
}

constexpr std::optional<FixedNode> fixed_named(std::string_view name) noexcept {
  for (const FixedEntry& entry : kFixedEntries) {
    if (entry.name == name && entry.node != FixedNode::root) return entry.node;
  }
  return std::nullopt;
}

// nullopt: no directory of jobs.
constexpr std::optional<JobState> state_shown_in(FixedNode node) noexcept {
  switch (node) {
    case FixedNode::pending: return JobState::pending;
    case FixedNode::active: return JobState::active;
    case FixedNode::failed: return JobState::failed;
    case FixedNode::complete: return JobState::complete;
    default: return std::nullopt;
  }
}

constexpr bool is_directory(FixedNode node) noexcept {
  return node == FixedNode::root || state_shown_in(node).has_value();
}

}  // namespace bobbin
