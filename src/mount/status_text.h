// SPDX-License-Identifier: Apache-2.0
// status.json: the state of the queue at a glance, with what an administrator should look at under
// "warnings". filed(5) lists its members.
#pragma once

#include <string>
#include <vector>

#include "mount/queue_view.h"

namespace bobbin {

std::string status_text(const QueueView& view);

// What needs attention: the state can't be written, the disk is nearly full, pending/ is.
std::vector<std::string> warnings_about(const QueueView& view);

}  // namespace bobbin
