// SPDX-License-Identifier: Apache-2.0
// Why a stream does not go on, in one line: which number is missing, since when, and what waits
// behind it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spool/scan.h"
#include "spool/spool_directory.h"

namespace bobbin::fspl {

// `waiting` is not empty, lowest number first.
std::string gap_report(const SpoolDirectory& spool, std::uint64_t missing,
                       const std::vector<const ScannedJob*>& waiting, std::size_t unreadable_files);

}  // namespace bobbin::fspl
