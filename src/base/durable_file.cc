// SPDX-License-Identifier: Apache-2.0
#include "base/durable_file.h"

#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "base/fail.h"

namespace bobbin {

void sync_file(int fd, const std::string& what) {
#ifdef BOBBIN_CANARY_SKIP_SYNC
  static_cast<void>(fd);
  static_cast<void>(what);
#else
  while (::fdatasync(fd) != 0) {
    if (errno == EINTR) continue;
    if (errno == EINVAL || errno == EROFS) return;  // a pipe or a device: nothing to sync
    fail_errno(errno, "cannot write " + what + " to the disk");
  }
#endif
}

void sync_directory(int directory, const std::string& what) {
  while (::fsync(directory) != 0) {
    if (errno == EINTR) continue;
    if (errno == EINVAL || errno == EROFS || errno == EBADF)
      return;  // EBADF: opened for names only
    fail_errno(errno, "cannot write the directory of " + what + " to the disk");
  }
}

void rename_in(int directory, const std::string& from, const std::string& to,
               const std::string& what) {
  while (::renameat(directory, from.c_str(), directory, to.c_str()) != 0) {
    if (errno != EINTR) fail_errno(errno, "cannot rename " + from + " to " + what);
  }
}

}  // namespace bobbin
