// SPDX-License-Identifier: Apache-2.0
// The job that does nothing and costs next to nothing to start.
#include <sys/syscall.h>

#include "bare_program.h"

extern "C" void bare_main(long*) {
  for (;;) bare_syscall(SYS_exit_group, 0);
}
