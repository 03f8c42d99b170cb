// SPDX-License-Identifier: Apache-2.0
// The job that says when it ran: as its first act it reads CLOCK_MONOTONIC, then writes the
// timespec into the file named by its argument (a FIFO that the measuring program reads).
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#include "bare_program.h"

extern "C" void bare_main(long* stack) {
  timespec now;
  bare_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, reinterpret_cast<long>(&now));
  const long fd = bare_syscall(SYS_open, stack[2], O_WRONLY);
  const long written = bare_syscall(SYS_write, fd, reinterpret_cast<long>(&now), sizeof now);
  for (;;) bare_syscall(SYS_exit_group, written == sizeof now ? 0 : 1);
}
