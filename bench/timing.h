// SPDX-License-Identifier: Apache-2.0
// Taking times and printing what became of them, for the programs of the benchmarks.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <vector>

inline double seconds_of(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

inline double seconds_now(clockid_t clock = CLOCK_MONOTONIC) {
  timespec now;
  ::clock_gettime(clock, &now);
  return seconds_of(now);
}

// Prints `"NAME_p50_s": 0.000123, "NAME_p99_s": 0.000456`, members of a JSON object.
inline void print_quantiles(const char* name, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](double share) {
    return seconds.empty()
               ? 0.0
               : seconds[static_cast<std::size_t>(share * static_cast<double>(seconds.size() - 1))];
  };
  std::printf("\"%s_p50_s\": %.7f, \"%s_p99_s\": %.7f", name, at(0.5), name, at(0.99));
}
