// SPDX-License-Identifier: Apache-2.0
// What dead programs leave in a spool: temporary files of writers that were killed, and files of
// jobs whose number has been passed (a crash between advancing the number and removing the file, or
// --never-delete, or --on-error Leave).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spool/decoder.h"
#include "spool/sequence_file.h"
#include "spool/spool_directory.h"

namespace bobbin {

struct GarbageFile {
  std::string path;    // below the spool's directory
  std::string reason;  // a clause for a user
};

struct Garbage {
  std::vector<GarbageFile> to_remove;
  std::vector<GarbageFile> kept;  // looks like it, but a writer may still be alive
};

// Looks, and changes nothing. Whether a writer is alive is asked of the kernel (a lease can't be
// had on a file that somebody writes); where it can't answer, a file counts as left behind when it
// has not changed for a day. `sequence` is the spool's, locked, or nullptr for an append-only
// spool, where no number has been passed.
Garbage find_garbage(const SpoolDirectory& spool, const SequenceFile* sequence,
                     const Decoder* decoder, std::int64_t now_seconds);

void remove_garbage(const SpoolDirectory& spool, const GarbageFile& file);

}  // namespace bobbin
