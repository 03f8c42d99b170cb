// SPDX-License-Identifier: Apache-2.0
// The extended attributes user.filed.*: all that is known about a job beyond its file. filed(5)
// lists them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jobs/job.h"

namespace bobbin {

inline constexpr std::string_view kPriorityAttribute = "user.filed.priority";
inline constexpr std::int32_t kMaxPriority = 1000;  // and -1000

struct JobView {
  const Job& job;
  WallTime now{};
  std::chrono::nanoseconds timeout{0};  // of the settings, for the reason
};

// nullopt: this job has no such attribute.
std::optional<std::string> job_attribute(const JobView& view, std::string_view name);

// The names of those that it has, each ended by a NUL.
std::string job_attribute_names(const JobView& view);

// A decimal number from -1000 to 1000, with or without a newline behind it.
std::optional<std::int32_t> parse_priority(std::string_view text) noexcept;

}  // namespace bobbin
