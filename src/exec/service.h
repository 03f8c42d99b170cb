// SPDX-License-Identifier: Apache-2.0
// Starting a process that is to serve a program of many threads: posix_spawn, which, unlike vfork
// in our hands, needs no help of the other threads. It is slower than spawn.h, and meant for what
// is started rarely.
//
// Threads: any.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "exec/environment.h"

namespace bobbin {

struct Service {
  std::string program = {};                  // a path
  std::vector<std::string> arguments = {};   // argv[1..]
  const Environment* environment = nullptr;  // never nullptr
  std::vector<int> descriptors = {};         // borrowed; become 3, 4, ...
};

// Starts it in a session of its own with its descriptors, /dev/null as 0, 1 and 2 and no others, no
// signal blocked or ignored. Returns its pid, to be reaped by the caller. Throws Error.
pid_t start_service(const Service& service);

}  // namespace bobbin
