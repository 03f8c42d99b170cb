// SPDX-License-Identifier: Apache-2.0
// The life of a slot: waits for jobs and runs them, one at a time, each with everything it starts.
// Signals are waited for, never handled. It wakes up for a message, a child's end, SIGTERM and a
// deadline, and, while a job with limited output runs, to look at its log; never else.
//
// SIGTERM ends the job that runs as shut_down; it is how a daemon that was started anew ends a job
// of an older one. An idle slot lives until its daemon closes the connection.
//
// Invariants: (1) nothing of a job runs when its end is reported, or the slot runs no further job;
// (2) a job gets none of the slot's descriptors, blocked signals or rights.
//
// Threads: single-threaded.
//
// Crash: the job's first process dies with the slot; the daemon kills the others.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"
#include "exec/deadline.h"
#include "exec/environment.h"
#include "exec/program_path.h"
#include "slot/job_run.h"
#include "slot/message.h"

namespace bobbin {

class SlotLoop {
 public:
  // Takes over the descriptors of message.h and this process. Throws Error.
  SlotLoop();

  // Until the daemon has gone and no job runs.
  void run();

 private:
  void run_job(const RunRequest& request);
  bool await_end(JobRun& run);
  bool end_all(JobProcesses& processes);
  void wait(const Deadline& deadline);
  void take_signals();
  void take_message(bool daemon_has_gone);
  void report(const std::string& message);

  Fd socket_;
  Fd record_file_;
  Fd signals_;
  Fd capture_;
  Environment environment_ = Environment::current();
  ProgramPath program_path_;
  std::string buffer_;
  std::optional<RunRequest> job_;    // to run, or running
  std::optional<AttemptEnd> asked_;  // to end it, and why
};

}  // namespace bobbin
