// SPDX-License-Identifier: Apache-2.0
// queue-process: runs the jobs of a spool in order, one at a time, under the spool's lock.
//
// Order of effects for one job: it ends; the next number is advanced, durably; its file is removed;
// the next job starts. So:
//
// Invariants:
//  1. No job starts before its predecessor's completion is on the disk (unless overlap_sync was
//  chosen).
//  2. A number is advanced only after its job has had its end; no job is ever skipped.
//
// Crash: at any instruction, the job at the head runs again or has been completed. A file whose
// number has been passed but that was not yet removed stays, does not run, and is removed by
// queue-gc.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/log.h"
#include "fspl/processing/attempts.h"
#include "fspl/processing/backlog.h"
#include "fspl/processing/options.h"
#include "fspl/progress.h"
#include "spool/arrivals.h"
#include "spool/sequence_file.h"
#include "spool/sequence_run.h"

namespace bobbin::fspl {

class Processor {
 public:
  // `sequence` is the spool's, locked. Everything outlives the Processor.
  Processor(const SpoolDirectory& spool, SequenceFile& sequence, const Decoder* decoder,
            const ProcessOptions& options, Supervisor& supervisor, const Log& log);

  // Until there is nothing more to do, a limit is reached, or a stop signal has come. Returns the
  // exit status. Throws Error where processing can't go on.
  int run();

 private:
  enum class Next { go_on, stop_failed, stop_asked };

  int process();
  void load();
  void report_gap();
  void take_in(ScannedJob job);
  void insert(std::vector<ScannedJob> scanned);
  bool await_arrivals();
  std::optional<Deadline> rescan_deadline() const;

  Next handle(const ScannedJob& job);
  Next after_unproven(const ScannedJob& job, const Unproven& why);
  void complete(const ScannedJob& job, bool remove_file);
  void complete_by_time(const ScannedJob& job, bool remove_file);
  void settle_completion();
  void remove_file(const std::string& name);
  void keep_index() noexcept;
  bool more_may_follow(const ScannedJob& job) const;
  bool limit_reached() const noexcept { return handled_ >= options_.max_jobs; }

  const SpoolDirectory& spool_;
  SequenceFile& sequence_;
  const Decoder* decoder_;
  const ProcessOptions& options_;
  Supervisor& supervisor_;
  const Log& log_;

  SequenceRun run_;
  Attempts attempts_;
  Backlog backlog_;
  std::optional<DirectoryGuard> guard_;  // where an index may be of use
  bool from_index_ = false;
  std::size_t unreadable_ = 0;  // files, in the last full scan
  std::optional<std::uint64_t> reported_gap_;
  std::optional<Arrivals> arrivals_;
  std::set<std::string> kept_;  // timestamp order while following: files that have run and stay
  std::uint64_t handled_ = 0;
  Progress progress_;

  // With overlap_sync: a job whose completion is visible but not yet on the disk.
  bool completion_unsettled_ = false;
  std::optional<std::string> file_to_remove_;
};

}  // namespace bobbin::fspl
