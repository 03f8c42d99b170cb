// SPDX-License-Identifier: Apache-2.0
// A look at the whole queue: what status.json and metrics are made from.
#pragma once

#include <optional>
#include <vector>

#include "jobs/store.h"

namespace bobbin {

struct QueueView {
  WallTime now{};
  WallTime started{};  // when this program began to serve
  Counts counts;
  Config config;
  std::optional<WallTime> next_start = std::nullopt;  // of the next waiting job
  std::vector<Job> running = {};                      // the first of them
};

}  // namespace bobbin
