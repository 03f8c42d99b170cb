// SPDX-License-Identifier: Apache-2.0
#include "mount/submitters.h"

#include <algorithm>

namespace bobbin {

void Submitters::note(pid_t process, JobNumber number) {
  const std::lock_guard lock(mutex_);
  last_[next_++ % last_.size()] = {process, number};
}

bool Submitters::may_still_name(pid_t process, const Job& job, WallTime now) const {
  if (process == 0) return false;  // of another pid namespace: they are all called that
  if (!job.last_attempt || job.last_attempt->number != 1) return false;
  if (now - job.last_attempt->started > kStillNamed) return false;
  const std::lock_guard lock(mutex_);
  return std::any_of(last_.begin(), last_.end(), [&](const Made& made) {
    return made.process == process && made.number == job.number;
  });
}

}  // namespace bobbin
