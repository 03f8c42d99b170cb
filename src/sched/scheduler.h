// SPDX-License-Identifier: Apache-2.0
// Runs the jobs of a Store: a thread that does what plan() says, with slots. Idle, it sleeps
// without a time-out.
//
// Threads: everything but wake() and stop() belongs to the thread that calls run().
//
// Crash: see slot_process.h; recover() is the other half.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "exec/environment.h"
#include "jobs/store.h"
#include "sched/wake_fd.h"

namespace bobbin {

struct SchedulerOptions {
  std::string slot_program;
  std::string slots_directory;
  Environment environment;  // this program's, without what is its own business
  std::string queue;        // the mountpoint, for FILED_QUEUE
  bool run_as_submitter = false;
  int sandbox = -1;                  // Landlock ruleset for jobs; -1: none
  std::function<void()> on_drained;  // called once, by run(), before it returns
};

class Scheduler {
 public:
  Scheduler(Store& store, WakeFd& wake, SchedulerOptions options, const Log& log);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Before the mount appears: accounts for every attempt that an earlier run of this program left,
  // and adopts the slots that still run one.
  void recover();
  // Runs jobs until stop() was called and the last one has ended: no new starts, the stop grace
  // (config) for jobs to end by themselves after TERM, then KILL. What was cut short is pending
  // again and does not count as a failure.
  void run();
  void stop() noexcept;

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace bobbin
