// SPDX-License-Identifier: Apache-2.0
// What to run: a value that owns its words and borrows everything else.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "exec/environment.h"

namespace bobbin {

// Who a child runs as: user, group and supplementary groups, none of ours left.
struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups = {};
};

struct Command {
  std::string program = {};                  // looked up in PATH if it has no slash
  std::vector<std::string> arguments = {};   // argv[1..]
  const Environment* environment = nullptr;  // nullptr: this program's own

  // What becomes the child's 0, 1 and 2; borrowed. -1: this program's own.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  int kept_fd = -1;  // stays open in the child, at the same number; -1: none

  // Where a program without a slash is looked up; nullopt: PATH of this program's environment.
  std::optional<std::string> search_path = std::nullopt;
  std::string directory = {};     // the child's working directory; "": this program's
  bool new_session = false;       // leader of a session (and process group) of its own
  bool dies_with_parent = false;  // SIGKILL when we end, whatever ended us
  bool no_new_privileges = false;
  std::optional<Identity> identity = std::nullopt;  // nullopt: as this program
  int sandbox = -1;  // a Landlock ruleset to enter; needs no_new_privileges; -1: none
};

}  // namespace bobbin
