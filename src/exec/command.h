// SPDX-License-Identifier: Apache-2.0
// What to run: a value that owns its words and borrows everything else.
#pragma once

#include <string>
#include <vector>

#include "exec/environment.h"

namespace bobbin {

struct Command {
  std::string program = {};                  // looked up in PATH if it has no slash
  std::vector<std::string> arguments = {};   // argv[1..]
  const Environment* environment = nullptr;  // nullptr: this program's own

  // What becomes the child's 0, 1 and 2; borrowed. -1: this program's own.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
};

}  // namespace bobbin
