// SPDX-License-Identifier: Apache-2.0
// Deadlines on the monotonic clock, saturating: a time that can't be reached is no deadline, not an
// overflow.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>

namespace bobbin {

using SteadyTime = std::chrono::steady_clock::time_point;
using Deadline = std::optional<SteadyTime>;  // nullopt: never

// Any number of seconds as nanoseconds; beyond 292 years it is the largest value.
constexpr std::chrono::nanoseconds nanoseconds_of(std::uint64_t seconds) noexcept {
  using std::chrono::nanoseconds;
  constexpr auto kMost = static_cast<std::uint64_t>(nanoseconds::max().count() / 1'000'000'000);
  return seconds > kMost ? nanoseconds::max()
                         : std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

inline Deadline deadline_after(std::optional<std::chrono::nanoseconds> pause) noexcept {
  if (!pause) return std::nullopt;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (*pause >= SteadyTime::max() - now) return std::nullopt;
  return now + std::max(*pause, std::chrono::nanoseconds{0});
}

inline bool has_passed(const Deadline& deadline) noexcept {
  return deadline && std::chrono::steady_clock::now() >= *deadline;
}

// What is left of it, not below 0, for system calls.
inline timespec time_left(SteadyTime deadline) noexcept {
  const SteadyTime now = std::chrono::steady_clock::now();
  // Compared before it is subtracted: the difference of two times need not fit.
  const std::chrono::nanoseconds left{deadline > now ? deadline - now : SteadyTime::duration{0}};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  timespec time{};
  time.tv_sec = static_cast<time_t>(seconds.count());
  time.tv_nsec = static_cast<long>((left - seconds).count());
  return time;
}

}  // namespace bobbin
