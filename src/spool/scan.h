// SPDX-License-Identifier: Apache-2.0
// One pass over jobs/: the header of every file with a job's name. What can't be read is listed
// with its reason and stops nothing; a writer may still be busy with it.
#pragma once

#include <bobbin/packet.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/directory.h"
#include "spool/decoder.h"
#include "spool/packet_file.h"
#include "spool/spool_directory.h"

namespace bobbin {

struct ScannedJob {
  std::uint64_t sequence = 0;
  CreationTime created;
  std::string name;
  EntryType type = EntryType::unknown;  // as the directory said
};

struct UnreadableFile {
  std::string name;
  std::string reason;
  int error = 0;  // the errno, where the system could not read it
};

struct Scan {
  std::vector<ScannedJob> jobs;  // sorted by sequence number, equal ones in the directory's order
  std::vector<UnreadableFile> unreadable;
};

// Called with the number of files done so far.
using ScanProgress = std::function<void(std::size_t)>;

// Without a decoder: three system calls a file, in a large queue spread over the processors. With
// one, as many decoders as the machine has use for run at the same time. Throws Error if jobs/
// itself can't be read.
Scan scan_jobs(const SpoolDirectory& spool, const Decoder* decoder,
               const ScanProgress& progress = {});

// One file, as above: for an arrival.
std::variant<ScannedJob, Unreadable> scan_job(const SpoolDirectory& spool, const std::string& name,
                                              EntryType type, const Decoder* decoder);

// The first two jobs with the same number, if there are any.
struct Duplicate {
  const ScannedJob* first;
  const ScannedJob* second;
};
std::optional<Duplicate> find_duplicate(const std::vector<ScannedJob>& sorted_jobs) noexcept;

// Throws Error(duplicate) if there is one.
void require_unique(const SpoolDirectory& spool, const std::vector<ScannedJob>& sorted_jobs);

// The job with this number, in a spool in which every number is unique. Throws Error(not_found,
// duplicate).
ScannedJob find_job(const SpoolDirectory& spool, const Decoder* decoder, std::uint64_t sequence);

}  // namespace bobbin
