// SPDX-License-Identifier: Apache-2.0
// The files of the mount that are made when they are read: config.json, status.json, metrics,
// new-id.
#pragma once

#include <cstdint>
#include <string>

#include "mount/service.h"

namespace bobbin {

std::string generated_text(Service& service, FixedNode node);

// What stat(2) shows: the size of the text as it would be now; 0 for events, which has no end.
std::uint64_t size_of_generated(Service& service, FixedNode node);

}  // namespace bobbin
