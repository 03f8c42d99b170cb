// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>

namespace bobbin {

// Whether an attempt failed for want of something that others may give back: a full disk, no
// descriptors or processes left. Not the job's fault, so it takes none of its retries.
constexpr bool is_shortage(int error) noexcept {
  return error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE ||
         error == ENOMEM || error == EAGAIN || error == EIO;
}

}  // namespace bobbin
