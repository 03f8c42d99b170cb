// SPDX-License-Identifier: Apache-2.0
// The extended attributes of jobs; other nodes have none. Names that are none of ours are not
// supported, which keeps `ls` and `cp -a` from asking for them again and again.
#include <cerrno>

#include "mount/job_attributes.h"
#include "mount/node.h"
#include "mount/operations.h"
#include "mount/service.h"
#include "mount/verdict_errno.h"

namespace bobbin {
namespace {

// The job of this inode; answers where there is none.
std::optional<Job> job_at(Service& service, Request& request, fuse_ino_t inode, int otherwise) {
  const std::optional<Node> node = node_at(inode);
  const auto* job_node = node ? std::get_if<JobNode>(&*node) : nullptr;
  if (job_node == nullptr) {
    request.error(otherwise);
    return std::nullopt;
  }
  std::optional<Job> job = service.store.find(job_node->number);
  if (!job) request.error(ESTALE);
  return job;
}

JobView view_of(Service& service, const Job& job) {
  return {.job = job, .now = service.now(), .timeout = service.store.config().timeout};
}

// size 0 asks how long the value is.
void answer_value(Request& request, std::string_view value, std::size_t size) {
  if (size == 0) return request.xattr_size(value.size());
  if (value.size() > size) return request.error(ERANGE);
  request.data(value);
}

void getxattr(fuse_req_t raw, fuse_ino_t inode, const char* name, std::size_t size) {
  serve(raw, "getxattr", [&](Service& service, Request& request) {
    if (!std::string_view(name).starts_with("user.")) return request.error(ENOTSUP);
    const std::optional<Job> job = job_at(service, request, inode, ENODATA);
    if (!job) return;
    const std::optional<std::string> value = job_attribute(view_of(service, *job), name);
    if (!value) return request.error(ENODATA);
    answer_value(request, *value, size);
  });
}

void listxattr(fuse_req_t raw, fuse_ino_t inode, std::size_t size) {
  serve(raw, "listxattr", [&](Service& service, Request& request) {
    const std::optional<Node> node = node_at(inode);
    if (node && std::holds_alternative<FixedNode>(*node)) return answer_value(request, "", size);
    const std::optional<Job> job = job_at(service, request, inode, ESTALE);
    if (job) answer_value(request, job_attribute_names(view_of(service, *job)), size);
  });
}

void set_priority(fuse_req_t raw, fuse_ino_t inode, std::optional<std::int32_t> priority) {
  serve(raw, "setxattr", [&](Service& service, Request& request) {
    const std::optional<Job> job = job_at(service, request, inode, ENOTSUP);
    if (!job) return;
    if (job->state != JobState::pending) return request.error(EPERM);
    if (!priority) return request.error(EINVAL);
    const Verdict verdict = service.store.set_priority(job->number, *priority, service.now());
    if (verdict != Verdict::done) return request.error(errno_of_inode(verdict));
    service.store.persist(Durability::recorded,
                          service.answering(std::move(request), "saving a priority"));
  });
}

void refuse(fuse_req_t raw) noexcept {
  serve(raw, "refusal", [](Service&, Request& request) { request.error(ENOTSUP); });
}

void setxattr(fuse_req_t raw, fuse_ino_t inode, const char* name, const char* value,
              std::size_t size, int /*flags*/) {
  if (name != kPriorityAttribute) return refuse(raw);
  set_priority(raw, inode, parse_priority({value, size}));
}

void removexattr(fuse_req_t raw, fuse_ino_t inode, const char* name) {
  if (name != kPriorityAttribute) return refuse(raw);
  set_priority(raw, inode, 0);
}

}  // namespace

void add_xattr_operations(fuse_lowlevel_ops& operations) noexcept {
  operations.getxattr = getxattr;
  operations.listxattr = listxattr;
  operations.setxattr = setxattr;
  operations.removexattr = removexattr;
}

}  // namespace bobbin
