// SPDX-License-Identifier: Apache-2.0
// Who made the last jobs. A program that has written a file may go on to set its mode or times by
// name, as install(1) does, and the job it made may have started by then: for a moment that
// program, and nobody else, still finds the job under the name it gave it.
//
// Threads: any.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>

#include "jobs/job.h"

namespace bobbin {

inline constexpr std::chrono::milliseconds kStillNamed{100};

class Submitters {
 public:
  void note(pid_t process, JobNumber number);

  // Whether this process made that job not long ago, and its first attempt began at most
  // kStillNamed before `now`.
  bool may_still_name(pid_t process, const Job& job, WallTime now) const;

 private:
  struct Made {
    pid_t process = 0;
    JobNumber number{};
  };
  mutable std::mutex mutex_;
  std::array<Made, 64> last_ = {};
  std::size_t next_ = 0;
};

}  // namespace bobbin
