// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <strings.h>
#include <unistd.h>

#include <array>

namespace bobbin {
namespace {

constexpr std::array<std::string_view, 5> kNames{"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 5> kLabels{"TRACE", "DEBUG", " INFO", " WARN", "ERROR"};

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view text) noexcept {
  if (text.size() == 1 && text[0] >= '1' && text[0] <= '5')
    return static_cast<LogLevel>('5' - text[0]);
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (text.size() == kNames[i].size() &&
        ::strncasecmp(text.data(), kNames[i].data(), text.size()) == 0) {
      return static_cast<LogLevel>(i);
    }
  }
  return std::nullopt;
}

void Log::write(LogLevel level, std::string_view text) const {
  const std::string line =
      fmt::format("{} {}: {}\n", kLabels[static_cast<std::size_t>(level)], program_, text);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace bobbin
