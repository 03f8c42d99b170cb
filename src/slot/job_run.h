// SPDX-License-Identifier: Apache-2.0
// One attempt in a slot: what is written before the job's process starts, its start, and what is
// written after its end. Waiting in between is slot_loop.h's.
//
// Crash: the record says that the job runs before it can have done anything, so whoever finds no
// end in it knows that the attempt was lost, and not that it did nothing.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "exec/environment.h"
#include "exec/program_path.h"
#include "slot/job_processes.h"
#include "slot/message.h"
#include "slot/record.h"

namespace bobbin {

// What a slot has for all its jobs; borrowed.
struct SlotResources {
  const Environment& environment;
  ProgramPath& program_path;
  int record_file;
  int capture;
};

class JobRun {
 public:
  JobRun(const RunRequest& request, const SlotResources& slot);

  // False: it could not be started; finish() is next.
  bool start();
  pid_t pid() const noexcept { return record_.pid; }
  JobProcesses& processes() noexcept { return *processes_; }  // once started

  bool is_beyond_output_limit() const;

  // The job's own process has ended, or is to be given up: `reason` if we ended it. Once started.
  void note_end(const std::optional<AttemptEnd>& reason);

  // Once nothing of the job runs; `is_log_free`: nobody is left who may go on writing into it.
  // Completes log and record.
  const AttemptRecord& finish(bool is_log_free);

 private:
  void write_log_head(std::string_view content);
  pid_t start_content(std::string_view content);
  void save_record() noexcept;

  const RunRequest& request_;
  const SlotResources& slot_;
  int log_;
  std::uint64_t head_size_ = 0;  // of the log before the output, if that is limited
  std::chrono::steady_clock::time_point started_{};
  AttemptRecord record_;
  std::optional<JobProcesses> processes_;
};

}  // namespace bobbin
