// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"

namespace bobbin {

// An empty `temp` beside a sequence file, in place of whatever stood there; a link there is not
// followed.
Fd create_sequence_temp(int directory, const std::string& temp, const std::string& path);

}  // namespace bobbin
