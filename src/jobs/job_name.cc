// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_name.h"

#include <algorithm>
#include <chrono>

namespace bobbin {
namespace {

constexpr std::size_t kTimeDigits = 10;   // microseconds since 1970: enough until the year 2085
constexpr std::size_t kChanceDigits = 4;  // 20 bits
constexpr std::uint32_t kChanceMask = (1u << 20) - 1;

// In the order of their bytes, so that names sort by time.
void append_digits(std::string& text, std::uint64_t number, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  const std::size_t end = text.size() + count;
  text.resize(end);
  for (std::size_t i = 1; i <= count; ++i) {
    text[end - i] = kDigits[number % kDigits.size()];
    number /= kDigits.size();
  }
}

}  // namespace

bool is_unfinished_name(std::string_view name) noexcept {
  return name.starts_with('.') || name.starts_with('#') || name.ends_with('~');
}

std::string NameSource::next(WallTime now, std::uint32_t random_bits) {
  using std::chrono::microseconds;
  const auto since_1970 = std::chrono::floor<microseconds>(now.time_since_epoch());
  const auto time = static_cast<std::uint64_t>(std::max(since_1970, microseconds(0)).count());
  last_ = std::max(time, last_ + 1);
  std::string name;
  append_digits(name, last_, kTimeDigits);
  append_digits(name, random_bits & kChanceMask, kChanceDigits);
  return name;
}

}  // namespace bobbin
