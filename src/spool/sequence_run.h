// SPDX-License-Identifier: Apache-2.0
// Advancing a spool's next number many times in a row at the price of one fdatasync each.
//
// The idea: two inodes, named nextseq and nextseq.temp, take turns. The new number is written into
// the one named nextseq.temp, in place, and synced; then the two names are exchanged. Both names
// are on the disk and both inodes hold the newest two numbers, so the newest is found after a power
// loss whether or not the exchange is (sequence_file.h, invariant 2), and the exchange itself needs
// no sync. A program that knows only nextseq sees at worst the number before. A second line in both
// says that they belong together, so that a number that somebody writes into nextseq by hand is not
// taken for the older one. Rejected: one new file a job (an inode and a journal commit each, 2-4
// times slower), and writing into nextseq itself (a reader could see half a number).
//
// Crash: after advance(n) returned and its name was synced where that was asked for, every later
// start finds n. Where a file system cannot exchange names, each advance is SequenceFile::store and
// a sync of the directory.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "spool/sequence_file.h"

namespace bobbin {

class SequenceRun {
 public:
  explicit SequenceRun(SequenceFile& file) : file_(file) {}

  // Makes the two inodes ready. To be called while a job runs and another is known to follow: it
  // costs three syncs, once in a run, which are then waited for in the job's shadow.
  void prepare();

  // The next number is `next`: on the disk if `durable_name`; else after finish().
  void advance(std::uint64_t next, bool durable_name);

  // The same in two steps, for a job that may start between them: visible first, durable after
  // sync().
  void publish(std::uint64_t next);
  void sync();

  // Ends the run: leaves nextseq alone, with nothing but the number in it, durably. After a failure
  // of the above it does nothing; the next start understands what is there.
  void finish();

 private:
  bool is_prepared() const noexcept { return spare_.is_open(); }
  Fd make_file();
  void write_spare(std::uint64_t next);
  void swap_names();

  SequenceFile& file_;
  Fd current_;  // the inode named nextseq
  Fd spare_;    // the inode named nextseq.temp
  bool can_exchange_ = true;
  bool name_unsynced_ = false;
  bool broken_ =
      false;  // a number may not have reached the disk: nothing that holds another is removed
};

}  // namespace bobbin
