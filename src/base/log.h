// SPDX-License-Identifier: Apache-2.0
// The log of a program: one line an event on stderr, "LEVEL program: text", nothing else and never
// on stdout. A Log is passed to whoever speaks; there is no global one.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bobbin {

enum class LogLevel { trace, debug, info, warn, error };

// A level's name in any letter case, or 5 (trace) to 1 (error).
std::optional<LogLevel> parse_log_level(std::string_view text) noexcept;

class Log {
 public:
  Log(std::string program, LogLevel least) : program_(std::move(program)), least_(least) {}

  bool shows(LogLevel level) const noexcept { return level >= least_; }

  // Errors in writing a line are ignored: there is nowhere left to report them.
  void write(LogLevel level, std::string_view text) const;

  template <typename... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    if (shows(LogLevel::debug))
      write(LogLevel::debug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    if (shows(LogLevel::info))
      write(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) const {
    if (shows(LogLevel::warn))
      write(LogLevel::warn, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    if (shows(LogLevel::error))
      write(LogLevel::error, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::string program_;
  LogLevel least_;
};

}  // namespace bobbin
