// SPDX-License-Identifier: Apache-2.0
// stat, chmod, chown, utimes, truncate, statfs.
#include <sys/statvfs.h>

#include <cerrno>

#include "mount/attributes.h"
#include "mount/fixed_files.h"
#include "mount/job_files.h"
#include "mount/operations.h"
#include "mount/ownership.h"
#include "mount/verdict_errno.h"

namespace bobbin {
namespace {

constexpr fsblkcnt_t kBlock = 4096;
// Shown as the room for jobs where there is no limit.
constexpr fsfilcnt_t kManyJobs = 1'000'000'000;

void answer_attributes(Service& service, Request& request, const Node& node) {
  const std::optional<Attributes> attributes = attributes_of(service, node);
  if (!attributes) return request.error(ESTALE);
  request.attributes(attributes->stat, attributes->timeout);
}

AttributeChange wanted_change(const struct stat& wanted, int valid, WallTime now) {
  AttributeChange change;
  if ((valid & FUSE_SET_ATTR_MODE) != 0) change.mode = wanted.st_mode & 07777;
  if ((valid & FUSE_SET_ATTR_UID) != 0) change.uid = wanted.st_uid;
  if ((valid & FUSE_SET_ATTR_GID) != 0) change.gid = wanted.st_gid;
  if ((valid & FUSE_SET_ATTR_MTIME_NOW) != 0) {
    change.modified = now;
  } else if ((valid & FUSE_SET_ATTR_MTIME) != 0) {
    change.modified = wall_time_of(wanted.st_mtim);
  }
  return change;
}

bool may_change(const Request& request, uid_t owner, gid_t group, const AttributeChange& change) {
  const fuse_ctx& caller = request.caller();
  std::vector<gid_t> groups;
  if (caller.uid != 0 && change.gid) {
    groups.resize(64);
    for (;;) {
      const int count =
          fuse_req_getgroups(request.raw(), static_cast<int>(groups.size()), groups.data());
      const bool fits = count <= static_cast<int>(groups.size());
      groups.resize(static_cast<std::size_t>(std::max(count, 0)));
      if (fits) break;
    }
  }
  return may_change_owner({caller.uid, caller.gid, groups}, owner, group, change);
}

void change_job(Service& service, Request& request, JobNode node, AttributeChange change) {
  const std::optional<Job> job = service.store.find(node.number);
  if (!job) return request.error(ESTALE);
  if (!may_change(request, job->uid, job->gid, change)) return request.error(EPERM);
  if (change.mode) *change.mode &= 0777;
  if (job->state == JobState::active) change.modified.reset();  // there it is that of the output
  const Verdict verdict = service.store.change(node.number, change, service.now());
  if (verdict != Verdict::done) return request.error(errno_of_inode(verdict));
  // What is still being written is saved when it is closed.
  if (job->state == JobState::pending && !job->submitted)
    return answer_attributes(service, request, node);
  service.store.persist(
      Durability::recorded,
      service.answering(std::move(request), "saving attributes",
                        [&service, node](Request& to) { answer_attributes(service, to, node); }));
}

void change_fixed(Service& service, Request& request, FixedNode node,
                  const AttributeChange& change) {
  const NodeAttributes before = service.store.attributes(node);
  if (!may_change(request, before.uid, before.gid, change)) return request.error(EPERM);
  service.store.change(node, change, service.now());
  service.store.persist(
      Durability::recorded,
      service.answering(std::move(request), "saving attributes",
                        [&service, node](Request& to) { answer_attributes(service, to, node); }));
}

void truncate(Service& service, Request& request, const Node& node, std::uint64_t size,
              const fuse_file_info* file) {
  if (const auto* job = std::get_if<JobNode>(&node))
    return truncate_job(service, request, *job, size, file);
  if (std::get<FixedNode>(node) != FixedNode::config) return request.error(EPERM);
  truncate_config(service, request, file, size);
}

void getattr(fuse_req_t raw, fuse_ino_t inode, fuse_file_info* /*file*/) {
  serve(raw, "stat", [&](Service& service, Request& request) {
    const std::optional<Node> node = node_at(inode);
    if (!node) return request.error(ESTALE);
    answer_attributes(service, request, *node);
  });
}

void setattr(fuse_req_t raw, fuse_ino_t inode, struct stat* wanted, int valid,
             fuse_file_info* file) {
  serve(raw, "change of attributes", [&](Service& service, Request& request) {
    const std::optional<Node> node = node_at(inode);
    if (!node) return request.error(ESTALE);
    if ((valid & FUSE_SET_ATTR_SIZE) != 0) {
      return truncate(service, request, *node, static_cast<std::uint64_t>(wanted->st_size), file);
    }
    const AttributeChange change = wanted_change(*wanted, valid, service.now());
    if (const auto* job = std::get_if<JobNode>(&*node))
      return change_job(service, request, *job, change);
    change_fixed(service, request, std::get<FixedNode>(*node), change);
  });
}

// Blocks are those beside the state; how many there are in all is not ours to know. Files are jobs.
struct statvfs space_of(const Counts& counts, const Config& config) {
  struct statvfs space {};
  space.f_bsize = kBlock;
  space.f_frsize = kBlock;
  space.f_bfree = counts.free_bytes / kBlock;
  space.f_bavail = space.f_bfree;
  space.f_blocks = space.f_bfree;
  const fsfilcnt_t pending = counts.jobs[static_cast<std::size_t>(JobState::pending)];
  if (config.max_pending == 0) {
    space.f_ffree = kManyJobs;
  } else if (config.max_pending > pending) {
    space.f_ffree = config.max_pending - pending;
  }
  if (counts.free_bytes < config.min_free_space) space.f_ffree = 0;
  space.f_favail = space.f_ffree;
  space.f_files = pending + space.f_ffree;
  space.f_namemax = kMaxNameBytes;
  return space;
}

void statfs(fuse_req_t raw, fuse_ino_t /*inode*/) {
  serve(raw, "statfs", [&](Service& service, Request& request) {
    request.space(space_of(service.store.counts(service.now()), service.store.config()));
  });
}

}  // namespace

void add_attribute_operations(fuse_lowlevel_ops& operations) noexcept {
  operations.getattr = getattr;
  operations.setattr = setattr;
  operations.statfs = statfs;
}

}  // namespace bobbin
