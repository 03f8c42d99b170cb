// SPDX-License-Identifier: Apache-2.0
#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstdio>
#include <optional>

#include "base/fail.h"
#include "base/io.h"

namespace bobbin {
namespace {

constexpr std::size_t kLocksLimit = 4u << 20;

std::optional<std::string> read_proc(const std::string& path, std::size_t limit) {
  Fd fd = try_open_at(AT_FDCWD, path, O_RDONLY);
  if (!fd.is_open()) return std::nullopt;
  return read_small(fd.get(), limit, path);
}

std::string process_name(long pid) {
  auto name = read_proc(fmt::format("/proc/{}/comm", pid), 64);
  if (!name) return fmt::format("process {}", pid);
  while (!name->empty() && name->back() == '\n') name->pop_back();
  return fmt::format("process {} ({})", pid, shown(*name));
}

}  // namespace

std::string lock_holder(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return {};
  const auto locks = read_proc("/proc/locks", kLocksLimit);
  if (!locks) return {};
  // "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF"; waiters have "->" behind the number.
  const std::string file =
      fmt::format(" {:02x}:{:02x}:{} ", major(status.st_dev), minor(status.st_dev), status.st_ino);
  for (std::size_t at = 0; at < locks->size();) {
    const std::size_t end = std::min(locks->find('\n', at), locks->size());
    const std::string line = locks->substr(at, end - at);
    at = end + 1;
    const std::size_t kind = line.find("FLOCK");
    if (kind == std::string::npos || line.find(file) == std::string::npos) continue;
    if (line.find("->") != std::string::npos) continue;
    long pid = 0;
    if (std::sscanf(line.c_str() + kind, "FLOCK %*s %*s %ld", &pid) == 1 && pid > 0)
      return process_name(pid);
  }
  return {};
}

Fd lock_file(Fd file, LockWait wait, const std::string& what) {
  const int operation = LOCK_EX | (wait == LockWait::never ? LOCK_NB : 0);
  while (::flock(file.get(), operation) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) fail_errno(errno, "cannot lock " + what);
    const std::string holder = lock_holder(file.get());
    throw Error(ErrorCode::busy,
                fmt::format("{} is locked by {}; wait until it is done, or use --wait", what,
                            holder.empty() ? "another process" : holder),
                EWOULDBLOCK);
  }
  return file;
}

}  // namespace bobbin
