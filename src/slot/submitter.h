// SPDX-License-Identifier: Apache-2.0
// Who a job runs as when it runs as the user who created it, looked up in the user database. Not
// for the slot, which is linked statically and can't ask it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "exec/command.h"

namespace bobbin {

struct Submitter {
  Identity identity;
  bool is_known = true;
  std::string home = "/";
  std::vector<std::string> environment = {};  // HOME, USER, LOGNAME, SHELL, as NAME=value
};

// A user that the database does not know has the group given, and no environment of its own.
// Throws Error if the database can't be asked.
Submitter look_up_submitter(uid_t uid, gid_t gid);

}  // namespace bobbin
