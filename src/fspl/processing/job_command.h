// SPDX-License-Identifier: Apache-2.0
// Turning a packet's header into the process that runs it: arguments, environment, and what NOP and
// Fail mean.
#pragma once

#include <bobbin/packet.h>

#include <functional>
#include <optional>

#include "base/log.h"
#include "exec/supervisor.h"
#include "fspl/processing/options.h"
#include "packet/variables.h"

namespace bobbin::fspl {

// What the process gets besides its arguments and environment.
struct JobStreams {
  int payload;      // becomes standard input, unless the payload is ignored
  int output = -1;  // standard output and error; -1: this program's
};

class JobCommand {
 public:
  JobCommand(const CommandOptions& options, Supervisor& supervisor, const Log& log);

  // Runs the packet once. `attempt` is told to the command if it is given. `while_running` is
  // called once, also for a packet that runs nothing.
  Outcome run(const PacketHeader& header, const std::optional<JobLocation>& location,
              JobStreams streams, std::optional<std::uint64_t> attempt,
              const std::function<void()>& while_running);

 private:
  const CommandOptions& options_;
  Supervisor& supervisor_;
  const Log& log_;
  Environment base_;         // ours, without what belongs to a packet
  Environment environment_;  // of the job at hand; kept for its memory
  Fd null_;
};

}  // namespace bobbin::fspl
