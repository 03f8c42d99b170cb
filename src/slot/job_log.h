// SPDX-License-Identifier: Apache-2.0
// What a slot itself writes into the log of a job: before the output what runs, after it what went
// wrong.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "jobs/job.h"

namespace bobbin {

// The log of earlier attempts, then the line ">>> CONTENT". Throws Error.
void write_head(int log, std::string_view earlier, std::string_view content);
// The same where the earlier log is in that file already.
void append_head(int log, std::string_view content);

// What the log of a failed attempt ends with: "[System Error]: exit status 1" and the like.
std::string log_tail(const AttemptEnd& end, std::chrono::nanoseconds timeout);

// For an attempt whose slot did not live to write it.
void append_log_tail(const std::string& path, const AttemptEnd& end) noexcept;

}  // namespace bobbin
