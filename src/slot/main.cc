// SPDX-License-Identifier: Apache-2.0
// filed-slot: runs the jobs of filed, one at a time. Started by filed only.
#include <bobbin/error.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "slot/slot_loop.h"

int main() {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(bobbin::kSlotSocket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
      type != SOCK_SEQPACKET) {
    std::fputs("filed-slot is started by filed, not by hand\n", stderr);
    return 2;
  }
  try {
    bobbin::SlotLoop().run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "filed-slot: %s\n", error.what());
    ::_exit(1);
  }
  // Nothing is left to clean up; a sanitizer's look for leaks would fail, as nobody may trace us.
  ::_exit(0);
}
