// SPDX-License-Identifier: Apache-2.0
// A process that was started outside the sandbox and unmounts when told to: inside, the kernel
// allows no change of mounts. It ends with us if it is told nothing.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/log.h"
#include "exec/child.h"

namespace bobbin {

class Unmounter {
 public:
  // For single-threaded moments, as spawn is. Throws Error.
  Unmounter(std::string mountpoint, const Log& log);
  // Unmounts, and waits until that is done.
  ~Unmounter();
  Unmounter(const Unmounter&) = delete;
  Unmounter& operator=(const Unmounter&) = delete;

 private:
  const std::string mountpoint_;
  const Log& log_;
  Fd order_;
  Child process_;
};

}  // namespace bobbin
