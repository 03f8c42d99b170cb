// SPDX-License-Identifier: Apache-2.0
#include "filed/unmounter.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>

#include "base/fail.h"
#include "exec/spawn.h"

namespace bobbin {

Unmounter::Unmounter(std::string mountpoint, const Log& log)
    : mountpoint_(std::move(mountpoint)), log_(log) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_errno(errno, "cannot make a pipe");
  const Fd read_end(ends[0]);
  order_ = Fd(ends[1]);
  // The shell waits for a line; at the end of the pipe without one it does nothing.
  process_ = spawn(
      {.program = "/bin/sh",
       .arguments = {"-c",
                     R"(trap '' TERM INT HUP; read -r line && exec fusermount3 -u -z -q -- "$1")",
                     "sh", mountpoint_},
       .stdin_fd = read_end.get()},
      {});
}

Unmounter::~Unmounter() {
  while (::write(order_.get(), "\n", 1) < 0 && errno == EINTR) {
  }
  order_.reset();
  try {
    if (succeeded(process_.wait())) return;
  } catch (const std::exception&) {
    // Told as any other failure.
  }
  log_.error("cannot unmount {}; the next start clears it, or: fusermount3 -u", shown(mountpoint_));
}

}  // namespace bobbin
