// SPDX-License-Identifier: Apache-2.0
// Whether a queue can be mounted at a path, found out beforehand, with what to do if it can't.
#pragma once

#include <string>

namespace bobbin {

// Throws Error: not there, no directory, not empty, a dead mount, no FUSE here, not allowed.
void check_mountpoint(const std::string& path, bool allow_other);

// Whether there is a mount whose server is dead.
bool is_dead_mount(const std::string& path);

}  // namespace bobbin
