// SPDX-License-Identifier: Apache-2.0
// The processes of the one job that a slot runs: the one it started and all that came of it. As the
// slot is a child subreaper and starts nothing else, it has a child exactly as long as one of them
// is left.
//
// Not found: a process that a daemon outside starts for the job.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "exec/process_tree.h"

namespace bobbin {

class JobProcesses {
 public:
  // The one that was started, now an unreaped child; `started`: not after it (ticks_now()).
  JobProcesses(pid_t main, std::uint64_t started);

  // Collects those that have ended. Returns whether any are left.
  bool reap();
  // How the one that was started ended, as wait(2) has it; nullopt: not yet, or not collected.
  std::optional<int> main_status() const noexcept { return main_status_; }

  // To every one of them; stopped ones go on, to hear it.
  void signal_all(int signal) const;

  // Of those collected, and those that they collected.
  std::chrono::nanoseconds user_time() const noexcept { return user_time_; }
  std::chrono::nanoseconds system_time() const noexcept { return system_time_; }
  std::uint64_t peak_rss_bytes() const noexcept { return peak_rss_bytes_; }

 private:
  Process main_;
  std::optional<int> main_status_;
  std::chrono::nanoseconds user_time_{0};
  std::chrono::nanoseconds system_time_{0};
  std::uint64_t peak_rss_bytes_ = 0;
};

}  // namespace bobbin
