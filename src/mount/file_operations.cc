// SPDX-License-Identifier: Apache-2.0
// Open files: which kind of node it is decides who answers.
#include <poll.h>

#include <cerrno>

#include "mount/fixed_files.h"
#include "mount/job_files.h"
#include "mount/node.h"
#include "mount/operations.h"

namespace bobbin {
namespace {

std::uint64_t unsigned_of(off_t offset) noexcept { return static_cast<std::uint64_t>(offset); }

// Calls one of the two; an inode that never was is stale.
template <typename Fixed, typename OfJob>
void by_kind(Request& request, fuse_ino_t inode, const Fixed& fixed, const OfJob& of_job) {
  const std::optional<Node> node = node_at(inode);
  if (!node) return request.error(ESTALE);
  if (const auto* job = std::get_if<JobNode>(&*node)) return of_job(*job);
  fixed(std::get<FixedNode>(*node));
}

void open(fuse_req_t raw, fuse_ino_t inode, fuse_file_info* file) {
  serve(raw, "open", [&](Service& service, Request& request) {
    by_kind(
        request, inode, [&](FixedNode node) { open_fixed(service, request, node, *file); },
        [&](JobNode node) { open_job(service, request, node, *file); });
  });
}

void read(fuse_req_t raw, fuse_ino_t inode, std::size_t size, off_t offset, fuse_file_info* file) {
  serve(raw, "read", [&](Service& service, Request& request) {
    const std::uint64_t from = unsigned_of(offset);
    by_kind(
        request, inode,
        [&](FixedNode node) { read_fixed(service, request, node, *file, from, size); },
        [&](JobNode node) { read_job(service, request, node, from, size); });
  });
}

void write(fuse_req_t raw, fuse_ino_t inode, const char* bytes, std::size_t size, off_t offset,
           fuse_file_info* file) {
  serve(raw, "write", [&](Service& service, Request& request) {
    const std::uint64_t from = unsigned_of(offset);
    by_kind(
        request, inode,
        [&](FixedNode) {
          write_config(service, request, *file, from, {bytes, size});
        },
        [&](JobNode node) {
          write_job(service, request, node, from, {bytes, size});
        });
  });
}

void flush(fuse_req_t raw, fuse_ino_t inode, fuse_file_info* file) {
  serve(raw, "close", [&](Service& service, Request& request) {
    by_kind(
        request, inode,
        [&](FixedNode node) {
          if (node != FixedNode::config) return request.error(0);
          apply_config(service, request, *file);
        },
        [&](JobNode node) { flush_job(service, request, node, *file); });
  });
}

void fsync(fuse_req_t raw, fuse_ino_t inode, int /*data_only*/, fuse_file_info* file) {
  serve(raw, "fsync", [&](Service& service, Request& request) {
    by_kind(
        request, inode,
        [&](FixedNode node) {
          if (node != FixedNode::config) return request.error(0);
          apply_config(service, request, *file);
        },
        [&](JobNode node) { sync_job(service, request, node, *file); });
  });
}

void release(fuse_req_t raw, fuse_ino_t inode, fuse_file_info* file) {
  serve(raw, "release", [&](Service& service, Request& request) {
    by_kind(
        request, inode, [&](FixedNode node) { release_fixed(service, node, *file); },
        [&](JobNode node) { release_job(service, node, *file); });
    request.error(0);
  });
}

void poll(fuse_req_t raw, fuse_ino_t inode, fuse_file_info* file, fuse_pollhandle* waiter) {
  serve(raw, "poll", [&](Service& service, Request& request) {
    if (inode == inode_of(FixedNode::events)) return poll_events(service, request, *file, waiter);
    if (waiter != nullptr) fuse_pollhandle_destroy(waiter);
    request.polled(POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
  });
}

}  // namespace

void add_file_operations(fuse_lowlevel_ops& operations) noexcept {
  operations.open = open;
  operations.read = read;
  operations.write = write;
  operations.flush = flush;
  operations.fsync = fsync;
  operations.release = release;
  operations.poll = poll;
}

}  // namespace bobbin
