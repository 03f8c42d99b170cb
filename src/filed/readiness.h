// SPDX-License-Identifier: Apache-2.0
// Telling whoever started us how far we are: sd_notify(3)'s protocol, and a byte on a descriptor.
#pragma once

#include <optional>
#include <string_view>

#include "base/fd.h"

namespace bobbin {

class Readiness {
 public:
  // Takes $NOTIFY_SOCKET out of the environment. Throws Error(invalid) if the descriptor is not
  // open for writing.
  explicit Readiness(std::optional<int> ready_fd);

  void ready() noexcept;     // once
  void stopping() noexcept;  // once

 private:
  void notify(std::string_view state) noexcept;

  Fd ready_fd_;
  Fd socket_;
};

}  // namespace bobbin
