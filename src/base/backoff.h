// SPDX-License-Identifier: Apache-2.0
// How long to wait before a failed job is tried again.
#pragma once

#include <algorithm>
#include <cmath>

namespace bobbin {

struct Backoff {
  double base_seconds = 1;
  double multiplier = 2;
  double max_seconds = 3600;

  // Pause after failed attempt n (counted from 1): base * multiplier^(n-1), at most max_seconds.
  double seconds_after(unsigned attempt) const noexcept {
    const double pause = base_seconds * std::pow(multiplier, static_cast<double>(attempt) - 1);
    return std::isfinite(pause) ? std::clamp(pause, 0.0, max_seconds) : max_seconds;
  }
};

}  // namespace bobbin
