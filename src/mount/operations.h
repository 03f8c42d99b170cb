// SPDX-License-Identifier: Apache-2.0
// What the kernel may ask for, as functions that libfuse calls; each is in the file of its theme.
// Those of open files divide by the kind of node: job_files.h, fixed_files.h.
#pragma once

#include "mount/fuse_api.h"

namespace bobbin {

// All of them, for a session whose user data is a Service.
fuse_lowlevel_ops all_operations() noexcept;

// The themes add theirs.
void add_attribute_operations(fuse_lowlevel_ops& operations) noexcept;  // stat, chmod, statfs
void add_directory_operations(fuse_lowlevel_ops& operations) noexcept;  // listing
void add_name_operations(fuse_lowlevel_ops& operations) noexcept;  // lookup, create, unlink, rename
void add_file_operations(fuse_lowlevel_ops& operations) noexcept;  // open, read, write, close
void add_xattr_operations(fuse_lowlevel_ops& operations) noexcept;  // user.filed.*

}  // namespace bobbin
