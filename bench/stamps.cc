// SPDX-License-Identifier: Apache-2.0
// The job that says when it began and when it ended: it reads CLOCK_MONOTONIC first thing and again
// when there is nothing left to do but to write both times into the FIFO named by its argument.
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#include "bare_program.h"

extern "C" void bare_main(long* stack) {
  timespec times[2];
  bare_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, reinterpret_cast<long>(&times[0]));
  const long fd = bare_syscall(SYS_open, stack[2], O_WRONLY);
  bare_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, reinterpret_cast<long>(&times[1]));
  const long written = bare_syscall(SYS_write, fd, reinterpret_cast<long>(times), sizeof times);
  for (;;) bare_syscall(SYS_exit_group, written == sizeof times ? 0 : 1);
}
