// SPDX-License-Identifier: Apache-2.0
// Paths that users give, as a directory descriptor and a name: all work on files below is relative
// to a descriptor, so a directory that is renamed meanwhile stays the same one.
#pragma once

#include <string>

#include "base/fd.h"

namespace bobbin {

struct SplitPath {
  std::string directory;  // "." where the path has none
  std::string name;       // empty where the path is empty or ends with a slash
};

SplitPath split_path(const std::string& path);

// A directory that may be listed and synced, or, where it may only be written into (a drop box),
// opened for names.
Fd open_directory(const std::string& path, const std::string& what);

}  // namespace bobbin
