// SPDX-License-Identifier: Apache-2.0
// Making files last: nothing is renamed into place before its content is on the disk, and a
// directory is synced before anybody is told that a name in it is there.
#pragma once

#include <string>
#include <string_view>

namespace bobbin {

// Content (and what is needed to read it back) of an open file. Throws Error(io, no_space).
void sync_file(int fd, const std::string& what);
// Names in a directory. File systems that can't sync a directory (EINVAL, as some network ones) are
// believed.
void sync_directory(int directory, const std::string& what);

// Renames within one directory; both names relative to it.
void rename_in(int directory, const std::string& from, const std::string& to,
               const std::string& what);

}  // namespace bobbin
