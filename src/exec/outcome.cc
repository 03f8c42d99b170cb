// SPDX-License-Identifier: Apache-2.0
#include "exec/outcome.h"

#include <fmt/format.h>

#include <cstring>

namespace bobbin {
namespace {

std::string signal_text(int signal) {
  return fmt::format("signal {} ({})", signal, ::strsignal(signal));
}

struct Describer {
  std::string operator()(const Exited& how) const {
    return fmt::format("exit status {}", how.status);
  }
  std::string operator()(const Signalled& how) const { return signal_text(how.signal); }
  std::string operator()(const TimedOut&) const { return "timed out"; }
  std::string operator()(const Interrupted& how) const {
    return "interrupted by " + signal_text(how.signal);
  }
};

}  // namespace

bool succeeded(const Outcome& outcome) noexcept {
  const auto* exited = std::get_if<Exited>(&outcome);
  return exited != nullptr && exited->status == 0;
}

std::string describe(const Outcome& outcome) { return std::visit(Describer{}, outcome); }

}  // namespace bobbin
