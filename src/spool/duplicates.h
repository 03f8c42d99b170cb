// SPDX-License-Identifier: Apache-2.0
// Two files with one sequence number: what a transport that delivers twice, or a sync tool that saw
// both sides change, leaves in a spool. An identical copy is removed. Of files that differ one is
// kept and the others are quarantined: the whole one is kept before one that was cut short, an
// ordinary name before a conflict copy's, then the one that arrived first, then the smaller name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"
#include "spool/scan.h"
#include "spool/spool_directory.h"

namespace bobbin {

struct AbsorbedDuplicates {
  std::uint64_t removed = 0;      // identical copies
  std::uint64_t quarantined = 0;  // copies that differed
};

// Leaves one job a number in `sorted_jobs`, from number `first` on; what is below will not run and
// is not touched. Every step is logged. Throws Error(io ...).
AbsorbedDuplicates absorb_duplicates(const SpoolDirectory& spool,
                                     std::vector<ScannedJob>& sorted_jobs, std::uint64_t first,
                                     const Log& log);

}  // namespace bobbin
