// SPDX-License-Identifier: Apache-2.0
// A sequence file holds the next number of a stream: a sender's own file, or `nextseq` of a spool.
// Whoever holds a SequenceFile holds its lock, so there is one at a time; nothing else serialises
// senders or processors.
//
// Invariants:
//  1. The file always parses: it is replaced by rename, and only by content that is on the disk.
//  2. In a spool, the next number is the one in `nextseq`, or the one in `nextseq.temp` if both
//  files
//     say that they are of a run and it is exactly one more: a SequenceRun leaves the newest number
//     in either of the two, and a power loss may have undone the exchange of their names.
//
// Crash: at any instruction the old or the new number stands; a claimed number may be lost (a gap),
// never given twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/file_lock.h"

namespace bobbin {

enum class SequenceOwner {
  sender,  // the lock file is created where it is missing
  spool,   // the lock file must be there: a spool without one is append-only
};

class SequenceFile {
 public:
  // Locks, then reads. Throws Error(busy, not_found, corrupt ...).
  SequenceFile(const std::string& path, SequenceOwner owner, LockWait wait);

  // The next number; 1 where the file is missing.
  std::uint64_t next() const noexcept { return next_; }
  bool is_missing() const noexcept { return missing_; }

  // Replaces the file. On return the new content is on the disk and visible under the name; that
  // the name is on the disk, too, is known after sync_name().
  void store(std::uint64_t next);
  void sync_name();

  // Takes the next number for a packet, and makes the one behind it the next. Throws
  // Error(no_space) after 2^64-2.
  std::uint64_t claim();

  // Lets others have the file; it is not to be used afterwards.
  void unlock() noexcept { lock_.reset(); }

 private:
  friend class SequenceRun;

  std::string path_;        // as the user wrote it
  std::string shown_path_;  // for messages: made once, since a run has them at hand for each job
  std::string shown_temp_;
  std::string name_;  // within directory_
  std::string temp_;  // likewise
  Fd directory_;
  Fd lock_;
  std::uint64_t next_ = 1;
  bool missing_ = false;
};

// The number after `number`. Throws Error(no_space) where there is none.
std::uint64_t number_after(std::uint64_t number);

// A spool's next number without its lock, by invariant 2; nullopt if the spool has no sequence file
// (append-only).
std::optional<std::uint64_t> peek_next(const std::string& spool_path);

}  // namespace bobbin
