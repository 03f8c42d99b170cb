// SPDX-License-Identifier: Apache-2.0
#include "sched/job_environment.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace bobbin {
namespace {

constexpr std::array<std::string_view, 3> kOurPrefixes{"FILED_", "LISTEN_", "WATCHDOG_"};
constexpr std::array<std::string_view, 6> kOurs{"NOTIFY_SOCKET", "INVOCATION_ID", "JOURNAL_STREAM",
                                                "PGPASSWORD",    "PGPASSFILE",    "DATABASE_URL"};
constexpr std::array<std::string_view, 6> kClean{"PATH",    "HOME",  "USER",
                                                 "LOGNAME", "SHELL", "LANG"};

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_ours(std::string_view name) {
  return contains(kOurs, name) ||
         std::any_of(kOurPrefixes.begin(), kOurPrefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

Environment job_environment(Environment base, const Config& config) {
  base.remove_if([&](std::string_view name) {
    return config.clean_environment ? !contains(kClean, name) : is_ours(name);
  });
  for (const auto& [name, value] : config.environment) base.set(name, value);
  return base;
}

}  // namespace bobbin
