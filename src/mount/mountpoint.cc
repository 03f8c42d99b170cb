// SPDX-License-Identifier: Apache-2.0
#include "mount/mountpoint.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/directory.h"
#include "base/fail.h"
#include "base/io.h"
#include "mount/mount.h"

namespace bobbin {
namespace {

constexpr std::size_t kMaxFuseConf = 64 * 1024;

void check_empty(const std::string& path) {
  const std::string what = "cannot read mountpoint " + shown(path);
  const Fd directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, what);
  for_each_entry(directory.get(), what, [&](const DirectoryEntry& entry) {
    fail(ErrorCode::invalid, "mountpoint " + shown(path) + " is not empty (it holds " +
                                 shown(entry.name) +
                                 "); give an empty directory, as a mount would hide what is there");
  });
}

void check_directory(const std::string& path) {
  struct stat stat {};
  if (::stat(path.c_str(), &stat) != 0) {
    const int error = errno;
    fail_errno(error, "cannot use mountpoint " + shown(path),
               error == ENOENT     ? "make the directory first"
               : error == ENOTCONN ? "a mount there lost its server; take it away with fusermount3 "
                                     "-u, or umount as root"
                                   : "");
  }
  if (!S_ISDIR(stat.st_mode))
    fail(ErrorCode::invalid, "mountpoint " + shown(path) + " is no directory; give an empty one");
}

void check_device() {
  const Fd device = try_open_at(AT_FDCWD, "/dev/fuse", O_RDWR);
  if (device.is_open()) return;
  const int error = errno;
  const bool missing = error == ENOENT || error == ENODEV || error == ENXIO;
  fail_errno(error, "cannot open /dev/fuse",
             missing ? "load the kernel module (modprobe fuse); in a container, start it with "
                       "--device /dev/fuse"
                     : "ask the administrator for access to it; in a container, start it with "
                       "--device /dev/fuse --cap-add SYS_ADMIN");
}

// One option a line, as fusermount3 reads it.
bool has_user_allow_other() {
  const Fd file = try_open_at(AT_FDCWD, "/etc/fuse.conf", O_RDONLY);
  if (!file.is_open()) return false;
  const auto text = read_small(file.get(), kMaxFuseConf, "cannot read /etc/fuse.conf");
  const std::string lines = '\n' + text.value_or("") + '\n';
  return lines.find("\nuser_allow_other\n") != std::string::npos;
}

}  // namespace

void check_mountpoint(const std::string& path, bool allow_other) {
  check_directory(path);
  check_empty(path);
  check_device();
  if (allow_other && ::geteuid() != 0 && !has_user_allow_other()) {
    fail(ErrorCode::denied,
         "cannot let other users in: /etc/fuse.conf does not allow it; ask the administrator for a "
         "line \"user_allow_other\" there, or mount without --allow-other");
  }
}

bool is_dead_mount(const std::string& path) {
  // Of the attributes, which stat(2) asks for, the kernel has a copy that is long good.
  return !try_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY).is_open() && errno == ENOTCONN;
}

bool clear_dead_mount(const std::string& mountpoint,
                      const std::function<bool(const std::string&)>& fusermount) {
  if (!is_dead_mount(mountpoint)) return false;
  const std::string what = "cannot take away the dead mount at " + shown(mountpoint);
  if (::geteuid() == 0) {
    if (::umount2(mountpoint.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) fail_errno(errno, what);
  } else if (!fusermount(mountpoint)) {
    fail(ErrorCode::denied, what + "; only who mounted it, or root, can: fusermount3 -u");
  }
  return true;
}

}  // namespace bobbin
