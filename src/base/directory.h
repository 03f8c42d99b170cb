// SPDX-License-Identifier: Apache-2.0
// Reading the names in a directory in large steps, without a stat per name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace bobbin {

enum class EntryType {
  regular,
  link,
  directory,
  other,
  unknown
};  // unknown: the file system does not say

struct DirectoryEntry {
  std::string_view name;  // valid during the call only; never contains NUL or '/'
  std::uint64_t inode;
  EntryType type;
};

// Calls `visit` once an entry, in the file system's order, without "." and "..". Each call reads
// from the start. A name that appears or goes meanwhile may or may not be seen. Throws Error.
void for_each_entry(int directory, const std::string& what,
                    const std::function<void(const DirectoryEntry&)>& visit);

}  // namespace bobbin
