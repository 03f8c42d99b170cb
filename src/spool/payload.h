// SPDX-License-Identifier: Apache-2.0
// Payloads that must be read before they may be used: hashing, and keeping a stream where it can be
// read twice.
#pragma once

#include <string>

#include "base/fd.h"
#include "packet/payload_digest.h"

namespace bobbin {

// From where `file` stands to its end; leaves it where it stood. `file` must be seekable; if it is
// not open, the digest is that of nothing.
PayloadDigest digest_to_end(const Fd& file, const std::string& what);

// Copies to the end and hashes what was copied.
PayloadDigest copy_and_digest(int from, const std::string& from_what, int to,
                              const std::string& to_what);

// An unnamed file in `directory` (the disk that has room for it), which is gone when it is closed.
Fd unnamed_file(const std::string& directory);

// Where unnamed files go if there is no better place: $TMPDIR, or /var/tmp.
std::string temporary_directory();

// `file` itself if it can be read twice, else an unnamed file with all that was left in it.
Fd rewindable(Fd file, const std::string& what);

}  // namespace bobbin
