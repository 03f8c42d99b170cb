// SPDX-License-Identifier: Apache-2.0
// What jobs, and filed itself, may touch (landlock(7)). One option is enough to turn it on; then a
// job can open what the options name, the shell that runs it, and nothing else.
//
// It is all or nothing: where the kernel lacks what is asked for, filed refuses to start.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"

namespace bobbin {

enum class SandboxAccess { read_directory, read_file, write_directory, write_file };

struct SandboxPath {
  std::string path;
  SandboxAccess access;
};

// The rules that each job enters. Throws Error: no Landlock here, or a path that can't be opened.
Fd job_sandbox(const std::vector<SandboxPath>& paths);

// Puts the calling thread, and all it starts from now on, under the rules of the jobs and what the
// daemon needs besides: the directory of the state, the slot program, the system's libraries and
// tables of users, /proc. It can't mount or unmount afterwards.
void enter_daemon_sandbox(const std::vector<SandboxPath>& paths, const std::string& state_directory,
                          const std::string& slot_program);

}  // namespace bobbin
