// SPDX-License-Identifier: Apache-2.0
// Supervisor runs jobs, one at a time, and ends them with everything they have started: at a
// deadline, or when this program is told to stop. Signals are waited for, never handled: SIGCHLD
// and the stop signals are blocked as long as a Supervisor exists, so there is no code that runs at
// any time, and no signal that arrives between two looks.
//
// A job that ends by itself leaves its background processes alone; they are reaped when they end.
// While a Supervisor exists, ^C ends no system call of this program: before one that may block for
// long (input, a lock), wait_readable or stop_requested is asked.
//
// Limits: an orphan of an earlier job that lets go of a new child while a later job runs has that
// child counted to the later one. A process that runs as somebody else (sudo) or hangs in the
// kernel can't be ended; it is given up.
//
// Invariants: (1) no status of a process with a Child is ever taken; (2) no pid is signalled after
// it was reaped; (3) a stop signal that arrived is known to stop_requested() for good.
//
// Threads: one Supervisor a process, used by its only thread, in a program without signal handlers.
//
// Crash: a job lives on as an orphan, as it would after any `kill -9` of its parent.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "exec/child.h"
#include "exec/command.h"
#include "exec/deadline.h"
#include "exec/outcome.h"
#include "exec/spawn.h"

namespace bobbin {

struct StopPolicy {
  // nullopt: none; 0: ended as soon as it runs.
  std::optional<std::chrono::nanoseconds> timeout = std::nullopt;
  // Sent once to each process of the job; then SIGKILL after the grace, which a further stop signal
  // cuts short.
  int stop_signal = SIGKILL;
  std::optional<int> interrupt_signal =
      std::nullopt;  // in its place when this program was told to stop
  std::chrono::nanoseconds grace{0};
  // The first stop signal lets the job finish, the second ends it.
  bool drain = false;
};

enum class Readiness { readable, timed_out, stop };

class Supervisor {
 public:
  // Takes SIGTERM, SIGINT, SIGHUP and SIGQUIT, each unless it is ignored (nohup, a shell's
  // background job), and makes this process the subreaper of its descendants. Construct it before
  // the first child.
  Supervisor();
  // Gives the signals back; a stop signal that nobody has asked for takes effect then.
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Starts a process beside the job (a decoder): it is never ended with a job, nor its status
  // taken. Throws as bobbin::spawn. The Child must not outlive the Supervisor.
  Child spawn(const Command& command);

  // Starts the job, calls `while_running` once (if that throws, the job's first process is killed),
  // waits. The timeout runs from the start. A stop signal that came before ends the job unless
  // `drain`.
  Outcome run(const Command& command, const StopPolicy& policy,
              const std::function<void()>& while_running = {});

  // The timeout runs from this call.
  Outcome wait(Child child, const StopPolicy& policy);

  // The first stop signal that has arrived.
  std::optional<int> stop_requested();

  // Returns at the deadline (nullopt) or at a stop signal, at once if one had arrived before.
  std::optional<int> sleep_until(SteadyTime deadline);

  // Until fd is readable (or at its end, or broken), the deadline has passed or a stop signal has
  // arrived.
  Readiness wait_readable(int fd, const Deadline& deadline);

 private:
  enum class Wake { child, stop, deadline };

  Wake await_signal(const Deadline& deadline);
  void note_stop(int signal) noexcept;
  Outcome wait_until(Child& child, const StopPolicy& policy, const Deadline& deadline);
  void end_tree(Child& child, int stop_signal, std::chrono::nanoseconds grace);
  bool reap_adopted();
  void settle();
  std::vector<pid_t> not_of(const Child& job) const;

  sigset_t old_mask_;
  sigset_t stop_signals_;
  sigset_t watched_;  // stop_signals_ and SIGCHLD
  struct sigaction old_sigchld_ {};
  int was_subreaper_ = 0;
  Fd signals_;  // readable while a watched signal is pending; made when first polled

  ChildSet children_;
  ProgramPath program_path_;
  std::vector<pid_t>
      leftovers_;  // living orphans of jobs that have ended; unreaped, so each pid is theirs

  std::optional<int> stop_;  // the first
  unsigned stop_count_ = 0;
};

}  // namespace bobbin
