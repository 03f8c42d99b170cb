// SPDX-License-Identifier: Apache-2.0
#include "fspl/value_text.h"

#include <signal.h>
#include <string.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace bobbin::fspl {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<double> parse_seconds(std::string_view text) {
  double value = 0;
  if (text.empty() || text.find_first_not_of("0123456789.") != text.npos) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::chrono::nanoseconds nanoseconds_of_decimal(double seconds) {
  constexpr double kMost = 9e9;  // about 285 years
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(seconds, kMost) * 1e9));
}

std::optional<std::string_view> match_choice(std::string_view text,
                                             std::span<const std::string_view> choices) {
  for (const std::string_view choice : choices) {
    if (equal_ignoring_case(text, choice)) return choice;
  }
  return std::nullopt;
}

std::optional<int> parse_signal(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) {
    return number > 0 && number < NSIG ? std::optional(number) : std::nullopt;
  }
  if (text.size() > 3 && equal_ignoring_case(text.substr(0, 3), "SIG")) text.remove_prefix(3);
  for (int signal = 1; signal < NSIG; ++signal) {
    const char* name = ::sigabbrev_np(signal);
    if (name != nullptr && equal_ignoring_case(text, name)) return signal;
  }
  return std::nullopt;
}

}  // namespace bobbin::fspl
