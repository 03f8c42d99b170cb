// SPDX-License-Identifier: Apache-2.0
#include "spool/decoder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/fail.h"
#include "exec/command.h"

namespace bobbin {
namespace {

constexpr int kHeaderPipe = 4096;
constexpr int kPayloadPipe = 256 * 1024;

std::string users_shell() {
  const char* shell = std::getenv("SHELL");
  return shell != nullptr ? shell : "/bin/sh";
}

}  // namespace

Decoder::Decoder(std::string command, Spawner spawner)
    : shell_(users_shell()), arguments_{"-c", std::move(command)}, spawner_(std::move(spawner)) {
  if (!spawner_)
    spawner_ = [](const Command& command_line) { return spawn(command_line, SpawnContext{}); };
}

Decoder::Running Decoder::start(int file, Reader reader) const {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_errno(errno, "cannot make a pipe for the decoder");
  Fd output(ends[0]);
  const Fd input(ends[1]);
  // A larger or smaller pipe is a matter of speed only; where the limit is reached, the usual size
  // does.
  ::fcntl(output.get(), F_SETPIPE_SZ, reader == Reader::header_only ? kHeaderPipe : kPayloadPipe);
  Command command;
  command.program = shell_;
  command.arguments = arguments_;
  command.stdin_fd = file;
  command.stdout_fd = input.get();
  return {spawner_(command), std::move(output)};
}

}  // namespace bobbin
