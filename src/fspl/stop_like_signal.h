// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <cstdlib>

namespace bobbin::fspl {

// Ends this program as the signal would have, had it not been held back to clean up; so the caller
// sees the truth.
[[noreturn]] inline void stop_like_signal(int signal) {
  ::signal(signal, SIG_DFL);
  ::raise(signal);
  std::_Exit(128 + signal);  // not reached: no other stop signal is ever waited for
}

}  // namespace bobbin::fspl
