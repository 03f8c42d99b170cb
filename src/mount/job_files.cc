// SPDX-License-Identifier: Apache-2.0
#include "mount/job_files.h"

#include <fcntl.h>

#include <cerrno>

#include "mount/attributes.h"
#include "mount/verdict_errno.h"

namespace bobbin {
namespace {

JobHandle handle_of(const fuse_file_info& file) noexcept { return static_cast<JobHandle>(file.fh); }

bool is_writer(const fuse_file_info& file) noexcept { return handle_of(file) != JobHandle::reader; }

// Nothing of a job's file stays in the page cache: the log of a running job grows, and a write
// need not ask for security.capability first.
void set_opened(fuse_file_info& file, JobHandle handle) noexcept {
  file.fh = static_cast<std::uint64_t>(handle);
  file.direct_io = 1;
  file.noflush = handle == JobHandle::reader ? 1 : 0;
}

// 0: it is open for writing.
int begin_writing(Service& service, JobNode node, std::optional<std::uint64_t> new_size) {
  const Verdict opened = service.store.open_writing(node.number);
  // It has moved since it was looked up.
  if (opened == Verdict::not_permitted) return ESTALE;
  if (opened != Verdict::done) return errno_of_inode(opened);
  if (!new_size) return 0;
  Verdict truncated = Verdict::not_permitted;
  std::exception_ptr failure;
  try {
    truncated = service.store.truncate(node.number, *new_size, service.now());
  } catch (...) {
    failure = std::current_exception();
  }
  if (truncated != Verdict::done) service.store.close_writing(node.number, service.now());
  if (failure) std::rethrow_exception(failure);
  return errno_of_inode(truncated);
}

}  // namespace

void set_created(fuse_file_info& file) noexcept { set_opened(file, JobHandle::creator); }

void open_job(Service& service, Request& request, JobNode node, fuse_file_info& file) {
  const std::optional<Job> job = service.store.find(node.number);
  if (!job || file_in(job->state) != node.file) return request.error(ESTALE);
  const bool truncate = (file.flags & O_TRUNC) != 0;
  if ((file.flags & O_ACCMODE) == O_RDONLY && !truncate) {
    set_opened(file, JobHandle::reader);
    request.opened(file);
    return;
  }
  if (node.file == JobFile::log) return request.error(EPERM);
  const auto new_size = truncate ? std::optional<std::uint64_t>(0) : std::nullopt;
  if (const int error = begin_writing(service, node, new_size)) return request.error(error);
  set_opened(file, JobHandle::writer);
  if (!request.opened(file)) service.store.close_writing(node.number, service.now());
}

void read_job(Service& service, Request& request, JobNode node, std::uint64_t offset,
              std::size_t size) {
  const auto bytes = node.file == JobFile::content
                         ? service.store.read_content(node.number, offset, size)
                         : service.store.read_log(node.number, offset, size);
  if (!bytes) return request.error(ESTALE);
  request.data(*bytes);
}

void write_job(Service& service, Request& request, JobNode node, std::uint64_t offset,
               std::string_view bytes) {
  const Verdict verdict = service.store.write(node.number, offset, bytes, service.now());
  if (verdict != Verdict::done) return request.error(errno_of_inode(verdict));
  request.written(bytes.size());
}

void truncate_job(Service& service, Request& request, JobNode node, std::uint64_t size,
                  const fuse_file_info* file) {
  const auto answer = [&service, node](Request& to) {
    const auto attributes = attributes_of(service, node);
    if (!attributes) return to.error(ESTALE);
    to.attributes(attributes->stat, attributes->timeout);
  };
  if (node.file == JobFile::log) return request.error(EPERM);
  if (file != nullptr) {
    const Verdict verdict = service.store.truncate(node.number, size, service.now());
    return verdict == Verdict::done ? answer(request) : request.error(errno_of_inode(verdict));
  }
  // By name: nobody will close it, so it is made durable here.
  if (const int error = begin_writing(service, node, size)) return request.error(error);
  Completion answered = service.answering(std::move(request), "truncating a job", answer);
  service.store.commit(node.number, [&service, node, answered = std::move(answered)](
                                        const std::exception_ptr& failure) {
    service.store.close_writing(node.number, service.now());
    answered(failure);
  });
}

// A shell closes a copy of its descriptor before anything is written: then the Store has nothing to
// do.
void flush_job(Service& service, Request& request, JobNode node, const fuse_file_info& file) {
  if (!is_writer(file)) return request.error(0);
  service.store.commit(node.number, service.answering(std::move(request), "saving a job"));
}

void sync_job(Service& service, Request& request, JobNode node, const fuse_file_info& file) {
  if (is_writer(file)) {
    service.store.commit(node.number, service.answering(std::move(request), "saving a job"));
  } else {
    service.store.persist(Durability::durable,
                          service.answering(std::move(request), "saving a job"));
  }
}

void release_job(Service& service, JobNode node, const fuse_file_info& file) {
  if (is_writer(file)) service.store.close_writing(node.number, service.now());
}

}  // namespace bobbin
