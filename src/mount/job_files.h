// SPDX-License-Identifier: Apache-2.0
// Open files of jobs. Nothing is kept about them here: the handle says how it was opened, the Store
// counts the writers.
//
// An inode that was looked up under a name where the job no longer stands is ESTALE when it is
// opened; the kernel then looks the name up again. So nobody gets a log for a content or the other
// way round, and a file that is open stays what it was.
#pragma once

#include "mount/node.h"
#include "mount/service.h"

namespace bobbin {

// In fuse_file_info::fh.
enum class JobHandle : std::uint64_t {
  reader,
  writer,
  creator,  // a writer of a new job
};

// For a job that the Store has just created, and so open for writing.
void set_created(fuse_file_info& file) noexcept;
void open_job(Service& service, Request& request, JobNode node, fuse_file_info& file);
void read_job(Service& service, Request& request, JobNode node, std::uint64_t offset,
              std::size_t size);
void write_job(Service& service, Request& request, JobNode node, std::uint64_t offset,
               std::string_view bytes);
void truncate_job(Service& service, Request& request, JobNode node, std::uint64_t size,
                  const fuse_file_info* file);
void flush_job(Service& service, Request& request, JobNode node, const fuse_file_info& file);
void sync_job(Service& service, Request& request, JobNode node, const fuse_file_info& file);
void release_job(Service& service, JobNode node, const fuse_file_info& file);

}  // namespace bobbin
