// SPDX-License-Identifier: Apache-2.0
#include "spool/duplicates.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "base/fail.h"
#include "base/io.h"
#include "spool/layout.h"
#include "spool/quarantine.h"

namespace bobbin {
namespace {

constexpr std::size_t kBlock = 64 * 1024;

Fd open_copy(const SpoolDirectory& spool, const std::string& name) {
  auto opened = open_packet_file(spool.jobs(), name, EntryType::unknown);
  if (const auto* bad = std::get_if<Unreadable>(&opened)) {
    fail(ErrorCode::io, "cannot read the duplicate " + spool.shown_job(name) + ": " + bad->reason);
  }
  return std::get<Fd>(std::move(opened));
}

enum class Likeness { same, first_is_cut, second_is_cut, different };

// Cut: it ends where the other goes on, as after a transfer that broke off.
Likeness compare(const SpoolDirectory& spool, const std::string& first, const std::string& second) {
  const Fd a = open_copy(spool, first);
  const Fd b = open_copy(spool, second);
  std::vector<char> from_a(kBlock);
  std::vector<char> from_b(kBlock);
  for (;;) {
    const std::size_t got_a = read_full(a.get(), from_a.data(), kBlock, spool.shown_job(first));
    const std::size_t got_b = read_full(b.get(), from_b.data(), kBlock, spool.shown_job(second));
    if (std::memcmp(from_a.data(), from_b.data(), std::min(got_a, got_b)) != 0)
      return Likeness::different;
    if (got_a < got_b) return Likeness::first_is_cut;
    if (got_b < got_a) return Likeness::second_is_cut;
    if (got_a < kBlock) return Likeness::same;
  }
}

// What decides which of several is kept: the smallest.
auto rank(const SpoolDirectory& spool, const ScannedJob& job) {
  struct stat status {};
  if (::fstatat(spool.jobs(), job.name.c_str(), &status, 0) != 0) status.st_ctim = {};
  return std::make_tuple(is_conflict_copy(job.name), status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
                         job.name);
}

void remove_copy(const SpoolDirectory& spool, const std::string& name) {
  if (::unlinkat(spool.jobs(), name.c_str(), 0) != 0 && errno != ENOENT) {
    fail_errno(errno, "cannot remove the duplicate " + spool.shown_job(name));
  }
}

void remove_or_quarantine(const SpoolDirectory& spool, const ScannedJob& best,
                          const ScannedJob& job, AbsorbedDuplicates& count, const Log& log) {
  const Likeness likeness = compare(spool, best.name, job.name);
  if (likeness == Likeness::same) {
    remove_copy(spool, job.name);
    log.info("job {}: removed {}, an identical copy of {}", job.sequence, spool.shown_job(job.name),
             shown(best.name));
    ++count.removed;
    return;
  }
  const std::string reason =
      "it has the sequence number " + std::to_string(job.sequence) + " of " + shown(best.name) +
      (likeness == Likeness::second_is_cut ? " but was cut short" : " but other content") +
      (is_conflict_copy(job.name) ? " (a sync tool's conflict copy)" : "");
  const std::string where = quarantine(spool, job.name, reason);
  log.warn("job {}: moved {} to {}: {}", job.sequence, shown(job.name), shown(where), reason);
  ++count.quarantined;
}

}  // namespace

AbsorbedDuplicates absorb_duplicates(const SpoolDirectory& spool,
                                     std::vector<ScannedJob>& sorted_jobs, std::uint64_t first,
                                     const Log& log) {
  AbsorbedDuplicates count;
  std::vector<ScannedJob> kept;
  kept.reserve(sorted_jobs.size());
  for (auto at = sorted_jobs.begin(); at != sorted_jobs.end();) {
    const auto end = std::find_if(
        at, sorted_jobs.end(), [&](const ScannedJob& job) { return job.sequence != at->sequence; });
    if (end - at == 1 || at->sequence < first) {
      std::move(at, end, std::back_inserter(kept));
      at = end;
      continue;
    }
    auto best = std::min_element(at, end, [&](const ScannedJob& a, const ScannedJob& b) {
      return rank(spool, a) < rank(spool, b);
    });
    for (auto job = at; job != end; ++job) {
      if (job != best && compare(spool, best->name, job->name) == Likeness::first_is_cut)
        best = job;
    }
    for (auto job = at; job != end; ++job) {
      if (job != best) remove_or_quarantine(spool, *best, *job, count, log);
    }
    kept.push_back(std::move(*best));
    at = end;
  }
  sorted_jobs = std::move(kept);
  return count;
}

}  // namespace bobbin
