// SPDX-License-Identifier: Apache-2.0
// A lock held is a process alive: flock(2) on a file of its own, which the kernel releases at
// death.
#pragma once

#include <string>

#include "base/fd.h"

namespace bobbin {

enum class LockWait { never, until_free };

// Locks an open file for this process; the lock lives as long as the returned descriptor.
// Throws Error(busy) with the holder's name if it is taken and may not be waited for.
Fd lock_file(Fd file, LockWait wait, const std::string& what);

// Who holds the lock on this file, e.g. "process 4711 (fspl)"; "" if nobody does or it can't be
// told (the holder may be on another host or in another pid namespace).
std::string lock_holder(int fd);

}  // namespace bobbin
