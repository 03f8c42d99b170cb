// SPDX-License-Identifier: Apache-2.0
// A decoder is a shell command that turns a stored file into a packet: zcat, gpg -d, age -d. It
// gets the file on its standard input and its output is read as the packet.
//
// Threads: as exec, only for programs that start processes from one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "exec/spawn.h"

namespace bobbin {

// How a decoder is started: by a Supervisor where there is one, so that it knows whose child ended.
using Spawner = std::function<Child(const Command&)>;

class Decoder {
 public:
  // Runs as `$SHELL -c COMMAND`, with /bin/sh where SHELL is not set.
  explicit Decoder(std::string command, Spawner spawner = {});

  struct Running {
    Child child;  // killed if it is let go before it was waited for
    Fd output;
  };

  enum class Reader { header_only, everything };

  // `file` is the stored file, at its beginning. A decoder that cannot be started is an Error.
  // For header_only the pipe is kept so small that the decoder does not work far ahead.
  Running start(int file, Reader reader) const;

  const std::string& command() const noexcept { return arguments_.back(); }

 private:
  std::string shell_;
  std::vector<std::string> arguments_;
  Spawner spawner_;
};

}  // namespace bobbin
