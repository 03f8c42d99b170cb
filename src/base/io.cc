// SPDX-License-Identifier: Apache-2.0
#include "base/io.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/fail.h"

namespace bobbin {
namespace {

constexpr std::size_t kCopyBuffer = 256 * 1024;
constexpr std::size_t kKernelCopy = std::size_t{1} << 30;

// Calls until it is not interrupted.
template <typename Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// A non-blocking descriptor that was handed to us (a pipe of an event-driven parent) is waited for,
// not failed on.
bool wait_for(int fd, short events) {
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  pollfd waiting{fd, events, 0};
  return uninterrupted([&] { return ::poll(&waiting, 1, -1); }) > 0;
}

std::size_t read_some(int fd, char* into, std::size_t size, const std::string& what) {
  for (;;) {
    const ssize_t got = uninterrupted([&] { return ::read(fd, into, size); });
    if (got >= 0) return static_cast<std::size_t>(got);
    if (!wait_for(fd, POLLIN)) fail_errno(errno, "cannot read " + what);
  }
}

enum class KernelCopy { done, not_possible };

// One way of copying inside the kernel: call(to the end) returns 0 at the end. An error before the
// first byte means that this pair of files can't be copied so; an error later is left to read and
// write to find and to name.
template <typename Call>
KernelCopy copy_in_kernel(Call call, std::uint64_t& copied) {
  for (;;) {
    const ssize_t moved = uninterrupted(call);
    if (moved < 0) return KernelCopy::not_possible;
    if (moved == 0) return KernelCopy::done;
    copied += static_cast<std::uint64_t>(moved);
  }
}

bool is_pipe(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

bool is_regular_with_content(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

}  // namespace

Fd try_open_at(int directory, const std::string& name, int flags, unsigned mode) {
  return Fd(
      uninterrupted([&] { return ::openat(directory, name.c_str(), flags | O_CLOEXEC, mode); }));
}

Fd open_at(int directory, const std::string& name, int flags, unsigned mode,
           const std::string& what, std::string_view advice) {
  Fd fd = try_open_at(directory, name, flags, mode);
  if (!fd.is_open()) fail_errno(errno, what, advice);
  return fd;
}

std::size_t read_full(int fd, char* into, std::size_t size, const std::string& what) {
  std::size_t have = 0;
  while (have < size) {
    const std::size_t got = read_some(fd, into + have, size - have, what);
    if (got == 0) break;
    have += got;
  }
  return have;
}

std::optional<std::string> read_small(int fd, std::size_t limit, const std::string& what) {
  std::string text(limit + 1, '\0');
  text.resize(read_full(fd, text.data(), text.size(), what));
  if (text.size() > limit) return std::nullopt;
  return text;
}

std::size_t pread_some(int fd, char* into, std::size_t size, std::uint64_t offset,
                       const std::string& what) {
  const ssize_t got =
      uninterrupted([&] { return ::pread(fd, into, size, static_cast<off_t>(offset)); });
  if (got < 0) fail_errno(errno, "cannot read " + what);
  return static_cast<std::size_t>(got);
}

std::size_t pread_full(int fd, char* into, std::size_t size, std::uint64_t offset,
                       const std::string& what) {
  std::size_t have = 0;
  while (have < size) {
    const std::size_t got = pread_some(fd, into + have, size - have, offset + have, what);
    if (got == 0) break;
    have += got;
  }
  return have;
}

void write_all(int fd, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t written = uninterrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (written < 0) {
      if (!wait_for(fd, POLLOUT)) fail_errno(errno, "cannot write " + what);
      continue;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::uint64_t copy_to_end(int from, const std::string& from_what, int to,
                          const std::string& to_what) {
  std::uint64_t copied = 0;
  // copy_file_range answers 0 at once for files that only pretend to have a size (/proc), hence the
  // check.
  if (is_regular_with_content(from)) {
    const auto call = [&] { return ::copy_file_range(from, nullptr, to, nullptr, kKernelCopy, 0); };
    if (copy_in_kernel(call, copied) == KernelCopy::done && copied > 0) return copied;
  }
  if (is_pipe(from) || is_pipe(to)) {
    const auto call = [&] {
      return ::splice(from, nullptr, to, nullptr, kKernelCopy, SPLICE_F_MOVE);
    };
    if (copy_in_kernel(call, copied) == KernelCopy::done) return copied;
  }
  std::vector<char> buffer(kCopyBuffer);
  for (;;) {
    const std::size_t got = read_some(from, buffer.data(), buffer.size(), from_what);
    if (got == 0) return copied;
    write_all(to, {buffer.data(), got}, to_what);
    copied += got;
  }
}

void close_checked(Fd fd, const std::string& what) {
  // After EINTR the descriptor is closed all the same on Linux.
  if (::close(fd.release()) != 0 && errno != EINTR) fail_errno(errno, "cannot close " + what);
}

}  // namespace bobbin
