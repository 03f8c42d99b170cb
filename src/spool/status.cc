// SPDX-License-Identifier: Apache-2.0
#include "spool/status.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "base/fail.h"
#include "base/file_lock.h"
#include "base/io.h"
#include "spool/layout.h"
#include "spool/sequence_file.h"

namespace bobbin {
namespace {

// Enough to act on; a spool whose every second number is missing must not make a report of
// gigabytes.
constexpr std::size_t kGapsShown = 1000;
// Enough to date a gap: what waits longest is among the lowest numbers.
constexpr std::size_t kArrivalsAsked = 1000;

void add_gap(SpoolStatus& status, std::uint64_t first, std::uint64_t last) {
  ++status.gap_count;
  if (status.gaps.size() < kGapsShown) status.gaps.push_back({first, last});
}

// Everything that follows from the sorted numbers.
void judge_numbers(SpoolStatus& status, const SpoolDirectory& spool, std::vector<ScannedJob> jobs) {
  status.jobs = jobs.size();
  if (!status.next) return;
  std::uint64_t expected = *status.next;
  bool is_contiguous = true;
  std::vector<ScannedJob> waiting;
  for (auto at = jobs.begin(); at != jobs.end();) {
    const std::uint64_t number = at->sequence;
    const auto end =
        std::find_if(at, jobs.end(), [&](const ScannedJob& job) { return job.sequence != number; });
    if (number < *status.next) {
      std::move(at, end, std::back_inserter(status.stale));
      at = end;
      continue;
    }
    if (end - at > 1) {
      DuplicateNumber& duplicate = status.duplicates.emplace_back(DuplicateNumber{number, {}});
      for (auto job = at; job != end; ++job) duplicate.names.push_back(job->name);
    }
    if (number > expected) {
      add_gap(status, expected, number - 1);
      is_contiguous = false;
    }
    if (is_contiguous) {
      ++status.runnable;
      status.highest_contiguous = number;
    } else {
      std::move(at, end, std::back_inserter(waiting));
    }
    expected = number + 1;
    at = end;
  }
  status.waiting = waiting.size();
  if (status.runnable == 0 && !waiting.empty())
    status.stalled_since = stalled_since(spool, waiting);
}

void look_at_names(SpoolStatus& status, const SpoolDirectory& spool) {
  for_each_entry(spool.jobs(), shown(spool.path() + "/jobs"), [&](const DirectoryEntry& entry) {
    if (is_temp_name(entry.name)) status.temporary.emplace_back(entry.name);
    if (is_conflict_copy(entry.name)) status.conflict_copies.emplace_back(entry.name);
  });
  const std::string path = spool.path() + '/' + kQuarantineDirectory;
  const Fd quarantine = try_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!quarantine.is_open()) return;
  for_each_entry(quarantine.get(), shown(path), [&](const DirectoryEntry& entry) {
    if (!entry.name.ends_with(kReasonSuffix)) status.quarantined.emplace_back(entry.name);
  });
}

}  // namespace

SpoolStatus spool_status(const SpoolDirectory& spool, const Decoder* decoder,
                         const ScanProgress& progress) {
  SpoolStatus status;
  // The number first: a job that is done in between is then at worst missing from the list of the
  // stale.
  status.next = peek_next(spool.path());
  Scan scan = scan_jobs(spool, decoder, progress);
  status.unreadable = std::move(scan.unreadable);
  judge_numbers(status, spool, std::move(scan.jobs));
  look_at_names(status, spool);
  const Fd lock = try_open_at(AT_FDCWD, spool.sequence_path() + kLockSuffix, O_RDONLY | O_NONBLOCK);
  if (lock.is_open()) status.lock_holder = lock_holder(lock.get());
  return status;
}

std::int64_t stalled_since(const SpoolDirectory& spool, std::span<const ScannedJob> waiting) {
  // A file's inode changed when it got its name here, whatever modification time a sync tool gave
  // it.
  std::optional<std::int64_t> first_arrival;
  for (const ScannedJob& job : waiting.first(std::min(waiting.size(), kArrivalsAsked))) {
    struct stat status {};
    if (::fstatat(spool.jobs(), job.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    first_arrival = std::min(first_arrival.value_or(status.st_ctim.tv_sec),
                             std::int64_t{status.st_ctim.tv_sec});
  }
  struct stat sequence {};
  const bool has_sequence = ::stat(spool.sequence_path().c_str(), &sequence) == 0;
  const std::int64_t due_since = has_sequence ? std::int64_t{sequence.st_mtim.tv_sec} : 0;
  return std::max(due_since, first_arrival.value_or(0));
}

}  // namespace bobbin
