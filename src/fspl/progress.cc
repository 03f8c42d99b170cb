// SPDX-License-Identifier: Apache-2.0
#include "fspl/progress.h"

#include <fmt/format.h>
#include <unistd.h>

namespace bobbin::fspl {
namespace {

constexpr auto kFirst = std::chrono::milliseconds(700);
constexpr auto kBetween = std::chrono::milliseconds(200);

void put(std::string_view text) noexcept {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Progress::Progress(std::string_view doing, std::string_view noun)
    : doing_(doing),
      noun_(noun),
      on_terminal_(::isatty(STDERR_FILENO) == 1),
      next_(std::chrono::steady_clock::now() + kFirst) {}

void Progress::show(std::size_t done) {
  if (!on_terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kBetween;
  put(fmt::format("\r\033[K{} {} {} ...", doing_, done, noun_));
  visible_ = true;
}

void Progress::clear() noexcept {
  if (visible_) put("\r\033[K");
  visible_ = false;
}

}  // namespace bobbin::fspl
