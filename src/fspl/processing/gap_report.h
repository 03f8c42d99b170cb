// SPDX-License-Identifier: Apache-2.0
// Why a stream does not go on, in one line: which number is missing, since when, and what waits
// behind it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "spool/scan.h"
#include "spool/spool_directory.h"

namespace bobbin::fspl {

// `waiting` packets stand behind the missing one; `first` are the lowest of them, at least one.
std::string gap_report(const SpoolDirectory& spool, std::uint64_t missing, std::uint64_t waiting,
                       std::span<const ScannedJob> first, std::size_t unreadable_files);

}  // namespace bobbin::fspl
