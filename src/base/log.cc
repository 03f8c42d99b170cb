// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <strings.h>
#include <unistd.h>

#include <array>
#include <cerrno>

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
  if (!shows(level)) return;
  const std::string line =
      fmt::format("{} {}: {}\n", kLabels[static_cast<std::size_t>(level)], program_, text);
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace bobbin
