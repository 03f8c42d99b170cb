// SPDX-License-Identifier: Apache-2.0
// Advancing a spool's next number many times in a row at the price of one fdatasync each.
//
// The idea: two inodes, named nextseq and nextseq.temp, take turns. The new number is written into
// the one named nextseq.temp, in place, and synced; then the two names are exchanged. Since both
// names are on the disk and both inodes hold the newest two numbers, the newest number is there
// after a power loss whether or not the exchange is (sequence_file.h, invariant 2), so the exchange
// itself needs no sync. A program that knows only nextseq sees at worst the number before. The
// inode that stood there before the run is replaced, not written into: who has it open keeps
// reading what it held. Rejected: one new file a job (an inode and a journal commit each, 2-4 times
// slower), and writing into nextseq itself (a reader could see half a number).
//
// Crash: after advance(n) returned, every later start finds n. Where a file system cannot exchange
// names, each advance is SequenceFile::store and a directory sync.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "spool/sequence_file.h"

namespace bobbin {

class SequenceRun {
 public:
  explicit SequenceRun(SequenceFile& file) : file_(file) {}

  // Makes the second inode ready. To be called while a job runs and another is known to follow: it
  // costs two syncs, twice in a run, which are then waited for in the job's shadow.
  void prepare();

  // The next number is `next`, durably. `more_follow` is false for the last one of a run.
  void advance(std::uint64_t next, bool more_follow);

  // The same in two steps, for a job that may start between them: visible first, durable after
  // sync().
  void publish(std::uint64_t next);
  void sync();

  // Removes what only the run needed and makes the names durable.
  void finish();

 private:
  void write_spare(std::uint64_t next);
  void swap_names();

  SequenceFile& file_;
  Fd current_;  // the inode named nextseq, if this run made it
  Fd spare_;    // the inode named nextseq.temp
  bool can_exchange_ = true;
  bool name_unsynced_ = false;  // a rename since the last sync of the directory that recovery needs
};

}  // namespace bobbin
