// SPDX-License-Identifier: Apache-2.0
// jobs.index: what a scan of a large queue found, kept for the next run, so that `queue-process -n
// 1` again and again, or a run from cron on a queue that waits behind a gap, does not read every
// header each time. It is a cache: it may be removed at any time, nothing else depends on it, and
// other programs ignore it.
//
// It counts only while jobs/ is exactly as it was left. That is known by the directory's times: a
// stamp of them is kept, taken after they were set to a time that no clock tick of the kernel has,
// so that even a change in the same tick shows. What arrives while a run removes its own jobs is
// told by the kernel (DirectoryGuard), and then the index is given up. What is not noticed is a
// file rewritten in place between two runs; its header is read again before it runs, as always, and
// the number must be the expected one.
//
// Rejected: inotify for the guard (closing it takes 10 ms or more, once a process), listing all
// names each time.
//
// Crash: the entries are on the disk before the file gets its name; a stamp that did not make it
// does not match.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/fd.h"
#include "spool/scan.h"
#include "spool/spool_directory.h"

namespace bobbin {

// Below this many jobs a scan is cheaper than keeping an index.
inline constexpr std::uint64_t kIndexWorthwhile = 256;

// Tells whether a name came into jobs/ since it was made. One at a time in a process; it uses a
// real-time signal, which it blocks as long as it lives.
class DirectoryGuard {
 public:
  explicit DirectoryGuard(const SpoolDirectory& spool);
  DirectoryGuard(const DirectoryGuard&) = delete;
  DirectoryGuard& operator=(const DirectoryGuard&) = delete;
  ~DirectoryGuard();

  // False where the kernel or the file system does not tell.
  bool is_watching() const noexcept { return watching_; }
  bool something_came() noexcept;

 private:
  const SpoolDirectory& spool_;
  bool watching_ = false;
  bool came_ = false;
};

class JobIndex {
 public:
  // The index, if there is one that counts now.
  static std::optional<JobIndex> open(const SpoolDirectory& spool);

  JobIndex(JobIndex&& other) noexcept;
  JobIndex& operator=(JobIndex&&) = delete;
  JobIndex(const JobIndex&) = delete;
  ~JobIndex();

  std::optional<ScannedJob> find(std::uint64_t sequence) const;
  // How many jobs have this number or a higher one, and the first of them.
  std::uint64_t count_from(std::uint64_t sequence) const;
  std::vector<ScannedJob> first_from(std::uint64_t sequence, std::size_t limit) const;

 private:
  JobIndex(const char* bytes, std::size_t size) : bytes_(bytes), size_(size) {}

  std::uint64_t lower_bound(std::uint64_t sequence) const;
  std::optional<ScannedJob> entry(std::uint64_t position) const;

  const char* bytes_;  // mapped
  std::size_t size_;
};

// Keeps what a complete scan found: `sorted_jobs` are all jobs that may still run, each number
// once. Without effect where something came meanwhile. Failing is not an error: there is no index
// then.
void save_index(const SpoolDirectory& spool, std::span<const ScannedJob> sorted_jobs,
                DirectoryGuard& guard) noexcept;

// Lets the index count on, after this run has removed jobs that are in it.
void renew_index(const SpoolDirectory& spool, DirectoryGuard& guard) noexcept;

void remove_index(const SpoolDirectory& spool) noexcept;

}  // namespace bobbin
