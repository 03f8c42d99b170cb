// SPDX-License-Identifier: Apache-2.0
// What stat(2) says about each node, and how long the kernel may remember it.
#pragma once

#include <sys/stat.h>

#include <optional>

#include "mount/node.h"
#include "mount/service.h"

namespace bobbin {

// The largest transfer with the kernel; also what programs are told to read and write at a time,
// as nothing of a file is cached.
inline constexpr unsigned kMaxTransfer = 128 * 1024;

inline constexpr double kForLong = 86400;  // seconds

// ---- pure

timespec timespec_of(WallTime time) noexcept;
WallTime wall_time_of(const timespec& time) noexcept;  // the nearest there is

// `running_log`: of an active job, as it is now.
struct stat job_stat(const Job& job, JobFile file, const std::optional<LogStat>& running_log);
struct stat fixed_stat(FixedNode node, const NodeAttributes& attributes, std::uint64_t size);

// ---- as things are

struct Attributes {
  struct stat stat {};
  double timeout = 0;  // seconds
};
Attributes attributes_of(Service& service, const Job& job, JobFile file);
Attributes attributes_of(Service& service, FixedNode node);
// nullopt: the job is gone.
std::optional<Attributes> attributes_of(Service& service, const Node& node);

// As answered to a lookup: names of jobs are never remembered, the others are always there.
fuse_entry_param entry_of(Service& service, const Job& job, JobFile file);
fuse_entry_param entry_of(Service& service, FixedNode node);

}  // namespace bobbin
