// SPDX-License-Identifier: Apache-2.0
// Every name that stands in a spool is built and told apart here. docs/format.md has the picture.
#pragma once

#include <string>
#include <string_view>

namespace bobbin {

inline constexpr const char* kJobsDirectory = "jobs";
inline constexpr const char* kQuarantineDirectory = "quarantine";
inline constexpr const char* kSequenceFile = "nextseq";
inline constexpr const char* kIndexFile = "jobs.index";
inline constexpr const char* kLockSuffix = ".lock";   // behind a sequence file's whole name
inline constexpr const char* kTempSuffix = ".temp";   // likewise
inline constexpr const char* kOutputSuffix = ".out";  // behind a job's file name: its saved output
inline constexpr const char* kReasonSuffix = ".reason";  // behind a quarantined file's name

// fspl-UUID.fspl, never handed out before.
std::string new_job_name();

// Names that begin with "fspl-" and end with ".fspl", bytewise.
bool is_job_name(std::string_view name) noexcept;

// The name under which queue-write writes before it renames to `job_name`.
std::string temp_name(std::string_view job_name);
bool is_temp_name(std::string_view name) noexcept;

// A copy that a sync tool made because both sides had changed a file: ".sync-conflict-"
// (Syncthing), "conflicted copy" (Dropbox, Nextcloud, ownCloud), "-conflict" before the suffix
// (others), or a backup's trailing "~". Such a copy has a job's name more often than not, and then
// stands beside the job under the same number.
bool is_conflict_copy(std::string_view name) noexcept;

}  // namespace bobbin
