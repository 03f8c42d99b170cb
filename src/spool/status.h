// SPDX-License-Identifier: Apache-2.0
// How a spool stands, seen from outside: no lock is taken, nothing is changed, and it may move
// while it is looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spool/scan.h"
#include "spool/spool_directory.h"

namespace bobbin {

struct NumberRange {
  std::uint64_t first;
  std::uint64_t last;
};

struct DuplicateNumber {
  std::uint64_t sequence;
  std::vector<std::string> names;
};

struct SpoolStatus {
  std::optional<std::uint64_t> next;                // nullopt: append-only
  std::uint64_t jobs = 0;                           // readable packets in jobs/
  std::uint64_t runnable = 0;                       // from next on, without a gap
  std::optional<std::uint64_t> highest_contiguous;  // the last of those
  std::uint64_t waiting = 0;                        // behind a gap
  std::vector<NumberRange> gaps;  // missing numbers between next and the highest, lowest first
  std::uint64_t gap_count = 0;    // all of them, where `gaps` was cut
  std::optional<std::int64_t> stalled_since;  // the head is missing: seconds since 1970
  std::vector<UnreadableFile> unreadable;
  std::vector<DuplicateNumber> duplicates;   // from next on
  std::vector<std::string> conflict_copies;  // names that a sync tool gave
  std::vector<ScannedJob> stale;             // below next: done, or passed over
  std::vector<std::string> temporary;        // being written, or left by a dead writer
  std::vector<std::string> quarantined;
  std::string lock_holder;  // "": nobody, or not known

  // No job can run although some are there.
  bool is_stalled() const noexcept { return stalled_since.has_value() || !duplicates.empty(); }
};

SpoolStatus spool_status(const SpoolDirectory& spool, const Decoder* decoder,
                         const ScanProgress& progress = {});

// When a missing head came to be missed: the number was due, and a later packet had come. `waiting`
// is what stands behind it, lowest number first; of many, the first thousand are looked at.
std::int64_t stalled_since(const SpoolDirectory& spool, std::span<const ScannedJob> waiting);

}  // namespace bobbin
