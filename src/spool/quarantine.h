// SPDX-License-Identifier: Apache-2.0
// quarantine/ stands beside jobs/ and holds what must not run: the file as it came, and
// NAME.reason, which says why. To give a file another chance, look at it and move it back.
#pragma once

#include <string>

#include "spool/spool_directory.h"

namespace bobbin {

// Moves a file out of jobs/, durably; returns its path in the quarantine. The reason is written
// first, so that no file stands there without one. Throws Error.
std::string quarantine(const SpoolDirectory& spool, const std::string& name,
                       const std::string& reason);

}  // namespace bobbin
