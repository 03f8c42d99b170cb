// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace bobbin {

// A random (version 4) UUID in lower case with hyphens, from the kernel's random numbers.
std::string random_uuid();

}  // namespace bobbin
