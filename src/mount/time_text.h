// SPDX-License-Identifier: Apache-2.0
// Times as the mount shows them: ISO 8601, UTC, with milliseconds: "2026-11-22T09:12:44.123Z".
#pragma once

#include <string>

#include "jobs/job.h"

namespace bobbin {

std::string time_text(WallTime time);

}  // namespace bobbin
