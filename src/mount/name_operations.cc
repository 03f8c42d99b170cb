// SPDX-License-Identifier: Apache-2.0
// Names: lookup, create, unlink, rename, and what a queue does not have.
#include <fcntl.h>
#include <stdio.h>

#include <cerrno>
#include <cstring>

#include "mount/attributes.h"
#include "mount/job_files.h"
#include "mount/node.h"
#include "mount/operations.h"
#include "mount/verdict_errno.h"

namespace bobbin {
namespace {

constexpr mode_t kMostRights = 0640;  // of a new job; chmod may give more

std::optional<JobState> directory_at(fuse_ino_t inode) {
  const std::optional<Node> node = node_at(inode);
  const auto* fixed = node ? std::get_if<FixedNode>(&*node) : nullptr;
  return fixed == nullptr ? std::nullopt : state_shown_in(*fixed);
}

std::optional<Job> job_in(const Service& service, JobState directory, std::string_view name) {
  std::optional<Job> job = service.store.find_named(name);
  if (job && job->state != directory) job.reset();
  return job;
}

bool is_found(const Service& service, const Request& request, const Job& job, JobState directory) {
  if (job.state == directory) return true;
  return directory == JobState::pending &&
         service.submitters.may_still_name(request.caller().pid, job, Service::now());
}

void lookup(fuse_req_t raw, fuse_ino_t parent, const char* name) {
  serve(raw, "lookup", [&](Service& service, Request& request) {
    if (std::strlen(name) > kMaxNameBytes) return request.error(ENAMETOOLONG);
    if (parent == inode_of(FixedNode::root)) {
      const std::optional<FixedNode> node = fixed_named(name);
      return node ? request.entry(entry_of(service, *node)) : request.error(ENOENT);
    }
    const std::optional<JobState> directory = directory_at(parent);
    if (!directory) return request.error(ENOTDIR);
    const std::optional<Job> job = service.store.find_named(name);
    if (!job || !is_found(service, request, *job, *directory)) return request.error(ENOENT);
    request.entry(entry_of(service, *job, file_in(*directory)));
  });
}

// As in any directory, its group goes to what is made in it if it has the set-group-id bit.
gid_t group_for(const Service& service, gid_t caller) {
  const NodeAttributes pending = service.store.attributes(FixedNode::pending);
  return (pending.mode & S_ISGID) != 0 ? pending.gid : caller;
}

// Taken by a job that was made in pending/ since the kernel looked: it is to look again and open
// that one, if the caller may.
int errno_of_create(const Service& service, Verdict verdict, const char* name, int flags) {
  const bool in_pending = job_in(service, JobState::pending, name).has_value();
  if (verdict == Verdict::name_taken && in_pending && (flags & O_EXCL) == 0) return ESTALE;
  return errno_of(verdict);
}

void create(fuse_req_t raw, fuse_ino_t parent, const char* name, mode_t mode,
            fuse_file_info* file) {
  serve(raw, "create", [&](Service& service, Request& request) {
    if (directory_at(parent) != JobState::pending) return request.error(EPERM);
    if (std::strlen(name) > kMaxNameBytes) return request.error(ENAMETOOLONG);
    const fuse_ctx& caller = request.caller();
    const NewJob job{.name = name,
                     .mode = mode & kMostRights,
                     .uid = caller.uid,
                     .gid = group_for(service, caller.gid)};
    const auto [verdict, number] = service.store.create(job, service.now());
    if (verdict != Verdict::done)
      return request.error(errno_of_create(service, verdict, name, file->flags));
    const std::optional<Job> created = service.store.find(number);
    if (!created) return request.error(ESTALE);
    service.submitters.note(caller.pid, number);
    set_created(*file);
    if (!request.created(entry_of(service, *created, JobFile::content), *file))
      service.store.close_writing(number, service.now());
  });
}

void unlink(fuse_req_t raw, fuse_ino_t parent, const char* name) {
  serve(raw, "unlink", [&](Service& service, Request& request) {
    const std::optional<JobState> directory = directory_at(parent);
    if (!directory) return request.error(EPERM);
    const std::optional<Job> job = job_in(service, *directory, name);
    if (!job) return request.error(ENOENT);
    const Verdict verdict =
        service.store.remove(job->number, request.caller().uid, service.now(), *directory);
    if (verdict != Verdict::done) return request.error(errno_of(verdict));
    service.store.persist(Durability::recorded,
                          service.answering(std::move(request), "saving a removal"));
  });
}

void rename_job(Service& service, Request& request, const Job& job, const Rename& to) {
  const Verdict verdict = service.store.rename(job.number, to, service.now());
  if (verdict != Verdict::done) return request.error(errno_of(verdict));
  // The new name leads to another file of the job than the old one did.
  if (file_in(job.state) != file_in(to.to)) service.notifier.wait_until_entries_expire(job.state);
  service.store.persist(Durability::recorded,
                        service.answering(std::move(request), "saving a new name"));
}

void rename(fuse_req_t raw, fuse_ino_t parent, const char* name, fuse_ino_t new_parent,
            const char* new_name, unsigned flags) {
  serve(raw, "rename", [&](Service& service, Request& request) {
    const std::optional<JobState> from = directory_at(parent);
    const std::optional<JobState> to = directory_at(new_parent);
    if (!from || !to) return request.error(EPERM);
    if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE)) != 0) return request.error(EINVAL);
    if (std::strlen(new_name) > kMaxNameBytes) return request.error(ENAMETOOLONG);
    const std::optional<Job> job = job_in(service, *from, name);
    if (!job) return request.error(ENOENT);
    rename_job(service, request, *job,
               {.to = *to,
                .name = new_name,
                .replace = (flags & RENAME_NOREPLACE) == 0,
                .by = request.caller().uid,
                .from = *from});
  });
}

// ---- a queue has none of these

void refuse(fuse_req_t raw) noexcept {
  serve(raw, "refusal", [](Service&, Request& request) { request.error(EPERM); });
}

}  // namespace

void add_name_operations(fuse_lowlevel_ops& operations) noexcept {
  operations.lookup = lookup;
  operations.create = create;
  operations.unlink = unlink;
  operations.rename = rename;
  operations.mkdir = [](fuse_req_t raw, fuse_ino_t, const char*, mode_t) { refuse(raw); };
  operations.rmdir = [](fuse_req_t raw, fuse_ino_t, const char*) { refuse(raw); };
  operations.mknod = [](fuse_req_t raw, fuse_ino_t, const char*, mode_t, dev_t) { refuse(raw); };
  operations.link = [](fuse_req_t raw, fuse_ino_t, fuse_ino_t, const char*) { refuse(raw); };
  operations.symlink = [](fuse_req_t raw, const char*, fuse_ino_t, const char*) { refuse(raw); };
}

}  // namespace bobbin
