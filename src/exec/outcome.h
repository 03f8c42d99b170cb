// SPDX-License-Identifier: Apache-2.0
// How a process ended, as a tagged value: what it did itself is never mixed up with what we did to
// it, and a signal is never folded into an exit status.
#pragma once

#include <string>
#include <variant>

namespace bobbin {

struct Exited {
  int status;  // 0..255

  friend bool operator==(const Exited&, const Exited&) = default;
};

// It died by itself, or somebody else killed it.
struct Signalled {
  int signal;

  friend bool operator==(const Signalled&, const Signalled&) = default;
};

// We ended it at its deadline.
struct TimedOut {
  friend bool operator==(const TimedOut&, const TimedOut&) = default;
};

// We ended it because this program was told to stop by that signal.
struct Interrupted {
  int signal;

  friend bool operator==(const Interrupted&, const Interrupted&) = default;
};

using Outcome = std::variant<Exited, Signalled, TimedOut, Interrupted>;

// Exited{0} only.
bool succeeded(const Outcome& outcome) noexcept;

// A clause for a user: "exit status 3", "signal 9 (Killed)", "timed out", "interrupted by signal 15
// (Terminated)".
std::string describe(const Outcome& outcome);

}  // namespace bobbin
