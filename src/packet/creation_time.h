// SPDX-License-Identifier: Apache-2.0
// Creation times as text, RFC 3339 without fraction, as Filespooler 1.2.2 prints them:
// "2026-11-22T01:19:02Z". A packet may carry a time that has no such text; ask first.
//
// Threads: any. The time zone is that of TZ at the first call, as the C library has it.
#pragma once

#include <bobbin/packet.h>

#include <string>

namespace bobbin {

// Whether the time lies in the years -262144 to 262143 and its nanoseconds within a second or a
// leap second. What is not representable can be compared and stored, but neither shown nor run.
bool is_representable(CreationTime time) noexcept;

// Both need a representable time. A leap second reads as second 60, or as the next second where
// none can be.
std::string utc_text(CreationTime time);
std::string local_text(CreationTime time);  // ends in "+HH:MM", also where that is +00:00

}  // namespace bobbin
