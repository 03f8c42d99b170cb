// SPDX-License-Identifier: Apache-2.0
// The state of the queue in the text format of Prometheus. No label comes from a job.
#pragma once

#include <string>

#include "mount/queue_view.h"

namespace bobbin {

std::string metrics_text(const QueueView& view);

}  // namespace bobbin
