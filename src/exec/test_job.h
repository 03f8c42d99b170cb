// SPDX-License-Identifier: Apache-2.0
// For the tests of this layer: shell jobs that say through a pipe how far they are, so that no test
// has to sleep. A pipe's end of file is the proof that every process that held it has gone.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "exec/command.h"

namespace bobbin {

class TestPipe {
 public:
  TestPipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) ::abort();
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
  }

  int read_fd() const { return read_.get(); }
  int write_fd() const { return write_.get(); }
  void close_write() { write_.reset(); }

  // The next line without its newline; "" at the end.
  std::string line() {
    std::string text;
    for (char byte = 0; ::read(read_.get(), &byte, 1) == 1 && byte != '\n';) text += byte;
    return text;
  }

  // All there is until every writer has gone.
  std::string rest() {
    close_write();
    std::string text;
    char byte = 0;
    while (::read(read_.get(), &byte, 1) == 1) text += byte;
    return text;
  }

  // Whether the end is reached within 20 s, that is, nobody holds the other end.
  bool is_deserted() {
    close_write();
    for (;;) {
      pollfd waiting{read_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 20'000) <= 0) return false;
      char bytes[4096];
      if (::read(read_.get(), bytes, sizeof bytes) == 0) return true;
    }
  }

 private:
  Fd read_;
  Fd write_;
};

// The tests may have been started with stop signals ignored (nohup, a shell's background job).
inline void stop_signals_by_default() {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) ::signal(signal, SIG_DFL);
}

inline Command shell(std::string script, int stdout_fd = -1) {
  return {.program = "sh", .arguments = {"-c", std::move(script)}, .stdout_fd = stdout_fd};
}

inline bool exists(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

}  // namespace bobbin
