// SPDX-License-Identifier: Apache-2.0
// What the caller of a file operation is told: the errno of every Verdict and of every failure.
#pragma once

#include <exception>

#include "jobs/transitions.h"

namespace bobbin {

// 0 for Verdict::done.
int errno_of(Verdict verdict) noexcept;

// The same for an operation on an inode that was looked up before: a job that is gone is ESTALE,
// after which the kernel looks the name up again and so comes to the right answer by itself.
int errno_of_inode(Verdict verdict) noexcept;

// EIO for what is not a bobbin::Error, ENOMEM for lack of memory.
int errno_of(const std::exception_ptr& failure) noexcept;

}  // namespace bobbin
