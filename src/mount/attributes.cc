// SPDX-License-Identifier: Apache-2.0
#include "mount/attributes.h"

#include <algorithm>

#include "mount/generated_text.h"

namespace bobbin {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

void set_owner(struct stat& stat, mode_t type, mode_t mode, uid_t uid, gid_t gid) {
  stat.st_mode = type | mode;
  stat.st_uid = uid;
  stat.st_gid = gid;
}

void set_times(struct stat& stat, WallTime modified, WallTime changed) {
  stat.st_mtim = timespec_of(modified);
  stat.st_atim = stat.st_mtim;
  stat.st_ctim = timespec_of(changed);
}

void set_size(struct stat& stat, std::uint64_t size) {
  stat.st_size = static_cast<off_t>(size);
  stat.st_blocks = static_cast<blkcnt_t>((size + 511) / 512);
  stat.st_blksize = kMaxTransfer;
}

}  // namespace

timespec timespec_of(WallTime time) noexcept {
  const auto whole = std::chrono::floor<seconds>(time);
  return {.tv_sec = whole.time_since_epoch().count(), .tv_nsec = (time - whole).count()};
}

WallTime wall_time_of(const timespec& time) noexcept {
  constexpr auto kFirst = std::chrono::ceil<seconds>(nanoseconds::min()).count();
  constexpr auto kLast = std::chrono::floor<seconds>(nanoseconds::max()).count() - 1;
  return WallTime{seconds{std::clamp<std::int64_t>(time.tv_sec, kFirst, kLast)} +
                  nanoseconds{time.tv_nsec}};
}

struct stat job_stat(const Job& job, JobFile file, const std::optional<LogStat>& running_log) {
  struct stat stat {};
  stat.st_ino = inode_of(JobNode{job.number, file});
  stat.st_nlink = 1;
  set_owner(stat, S_IFREG, job.mode, job.uid, job.gid);
  if (file == JobFile::content) {
    set_size(stat, job.content_size);
    set_times(stat, job.modified, job.changed);
  } else if (running_log) {
    set_size(stat, running_log->size);
    set_times(stat, running_log->modified, job.changed);
  } else {
    set_size(stat, job.log_size);
    set_times(stat, job.modified, job.changed);
  }
  return stat;
}

struct stat fixed_stat(FixedNode node, const NodeAttributes& attributes, std::uint64_t size) {
  struct stat stat {};
  stat.st_ino = inode_of(node);
  stat.st_nlink = node == FixedNode::root ? 2 + std::size(kJobStates) : is_directory(node) ? 2 : 1;
  set_owner(stat, is_directory(node) ? S_IFDIR : S_IFREG, attributes.mode, attributes.uid,
            attributes.gid);
  set_size(stat, size);
  set_times(stat, attributes.modified, attributes.changed);
  return stat;
}

Attributes attributes_of(Service& service, const Job& job, JobFile file) {
  const bool running = job.state == JobState::active;
  std::optional<LogStat> log;
  if (running && file == JobFile::log) log = service.store.stat_log(job.number);
  return {.stat = job_stat(job, file, log),
          .timeout = running ? 0 : std::chrono::duration<double>(kEntryTimeout).count()};
}

Attributes attributes_of(Service& service, FixedNode node) {
  if (const auto state = state_shown_in(node)) service.notifier.gives_attributes(*state);
  NodeAttributes attributes = service.store.attributes(node);
  if (is_directory(node)) return {fixed_stat(node, attributes, 0), kForLong};
  if (node == FixedNode::status || node == FixedNode::metrics) attributes.modified = service.now();
  return {fixed_stat(node, attributes, size_of_generated(service, node)), 0};
}

std::optional<Attributes> attributes_of(Service& service, const Node& node) {
  if (const auto* fixed = std::get_if<FixedNode>(&node)) return attributes_of(service, *fixed);
  const auto& [number, file] = std::get<JobNode>(node);
  const std::optional<Job> job = service.store.find(number);
  if (!job) return std::nullopt;
  return attributes_of(service, *job, file);
}

fuse_entry_param entry_of(Service& service, const Job& job, JobFile file) {
  const Attributes attributes = attributes_of(service, job, file);
  fuse_entry_param entry{};
  entry.ino = attributes.stat.st_ino;
  entry.attr = attributes.stat;
  entry.attr_timeout = attributes.timeout;
  return entry;
}

fuse_entry_param entry_of(Service& service, FixedNode node) {
  const Attributes attributes = attributes_of(service, node);
  fuse_entry_param entry{};
  entry.ino = attributes.stat.st_ino;
  entry.attr = attributes.stat;
  entry.attr_timeout = attributes.timeout;
  entry.entry_timeout = kForLong;
  return entry;
}

}  // namespace bobbin
