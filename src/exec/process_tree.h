// SPDX-License-Identifier: Apache-2.0
// All the processes that one job has brought about, found through /proc. Process groups and
// sessions are no help: a descendant leaves them at will. What it can't leave is us: we are the
// child subreaper, so a process whose parent has died becomes our child, and is the job's if it is
// not older than the job and nobody else's.
//
// It is a reading of a moving thing: who wants all of them gone sweeps until a sweep finds nothing,
// twice. Not found: a process that a daemon outside the tree starts for the job, one that moved to
// another subreaper.
//
// Threads: any; an object is used by one at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace bobbin {

// One line of /proc/PID/stat.
struct Process {
  pid_t pid = -1;
  pid_t parent = -1;
  pid_t session = -1;
  std::uint64_t started =
      0;                  // in clock ticks since boot; with the pid, it names a process for good
  bool is_alive = false;  // false: a zombie
};

// nullopt if there is no such process, or no /proc.
std::optional<Process> look_up(pid_t pid);

// Where children are read from: the kernel's list of each thread, or, as it may be built without
// those, a scan of all processes. `automatic` finds out.
enum class KinshipSource { automatic, children_files, all_processes };

// Ticks since boot, as Process::started has them, at this moment: what is started later is not
// below.
std::uint64_t ticks_now() noexcept;

// All that live now, anybody's.
std::vector<Process> living_processes();

// The unreaped children of a process, zombies included.
std::vector<pid_t> children_of(pid_t pid, KinshipSource source = KinshipSource::automatic);

enum class SignalResult { sent, gone, denied };

// Signals this very process, never one that got its number later.
SignalResult send_signal(const Process& process, int signal);

class ProcessTree {
 public:
  // `root` is an unreaped child of this process.
  explicit ProcessTree(pid_t root, KinshipSource source = KinshipSource::automatic);
  // The same of one that may be reaped already: its pid, and a time not after its start.
  explicit ProcessTree(const Process& root);

  // The root and its descendants, parents first, without zombies. `not_ours` are children of this
  // process that are not the job's, nor are their descendants.
  std::vector<Process> living(const std::vector<pid_t>& not_ours) const;

 private:
  KinshipSource source_;
  std::optional<Process> root_;  // nullopt without /proc: then nothing is found
};

}  // namespace bobbin
