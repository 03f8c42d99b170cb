// SPDX-License-Identifier: Apache-2.0
#include "spool/open_path.h"

#include <fcntl.h>

#include <cerrno>

#include "base/fail.h"
#include "base/io.h"

namespace bobbin {

SplitPath split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Fd open_directory(const std::string& path, const std::string& what) {
  Fd fd = try_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  if (!fd.is_open() && errno == EACCES) fd = try_open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY);
  if (!fd.is_open()) fail_errno(errno, "cannot open the directory " + shown(path) + " of " + what);
  return fd;
}

}  // namespace bobbin
