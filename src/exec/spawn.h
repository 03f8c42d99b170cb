// SPDX-License-Identifier: Apache-2.0
// Starting a program: vfork and execve, directly. posix_spawn was measured 20-30 us dearer a start
// (it maps a stack and resets every signal); fork copies page tables. The price of vfork, that the
// child runs in our memory until it execs, is paid in one small function of spawn.cc.
//
// The child gets no process group or session of its own unless it is asked for: ^C and job control
// work as if it had been started without us. Descriptors other than 0, 1 and 2 stay behind because
// all of ours are close-on-exec.
//
// Threads: single-threaded programs without signal handlers only. A handler that runs between vfork
// and execve would run in our memory; another thread would go on changing what the child reads.
#pragma once

#include <csignal>
#include <variant>

#include "exec/child.h"
#include "exec/command.h"
#include "exec/program_path.h"

namespace bobbin {

inline sigset_t empty_signal_set() noexcept {
  sigset_t set;
  ::sigemptyset(&set);
  return set;
}

struct SpawnContext {
  sigset_t signal_mask =
      empty_signal_set();               // the child's; SIGPIPE becomes default whatever it is here
  ProgramPath* program_path = nullptr;  // nullptr: PATH is searched each time
  ChildSet* children = nullptr;         // where the Child is known; needed beside a Supervisor
};

// Starts it, searching PATH as execvp(3) does, but a file that is no program (ENOEXEC) is not given
// to a shell. Throws Error with the errno of the failed start (not_found, denied, ...);
// Error(invalid) for a NUL in a word. A program that has a Supervisor calls Supervisor::spawn
// instead, or the outcome may be lost to it.
Child spawn(const Command& command, const SpawnContext& context);

// What the start of a child came to grief over.
enum class StartStep { process, descriptors, session, identity, directory, sandbox, program };
struct StartFailure {
  StartStep step;
  int error;  // errno
};

// The same for a caller that expects failures.
std::variant<Child, StartFailure> try_spawn(const Command& command, const SpawnContext& context);

}  // namespace bobbin
