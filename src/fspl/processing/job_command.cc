// SPDX-License-Identifier: Apache-2.0
#include "fspl/processing/job_command.h"

#include <fcntl.h>

#include "base/io.h"

namespace bobbin::fspl {
namespace {

constexpr std::string_view kAttemptVariable = "FSPL_ATTEMPT";

}  // namespace

JobCommand::JobCommand(const CommandOptions& options, Supervisor& supervisor, const Log& log)
    : options_(options), supervisor_(supervisor), log_(log), base_(Environment::current()) {
  base_.remove_if(
      [](std::string_view name) { return is_packet_variable(name) || name == kAttemptVariable; });
  if (options_.ignore_payload)
    null_ = open_at(AT_FDCWD, "/dev/null", O_RDONLY, 0, "cannot open /dev/null");
}

Outcome JobCommand::run(const PacketHeader& header, const std::optional<JobLocation>& location,
                        JobStreams streams, std::optional<std::uint64_t> attempt,
                        const std::function<void()>& while_running) {
  if (header.kind != PacketKind::command) {
    if (while_running) while_running();
    return Exited{header.kind == PacketKind::nop ? 0 : 1};
  }
  Command command;
  command.program = options_.program;
  command.arguments = options_.parameters;
  if (options_.allow_job_parameters) {
    command.arguments.insert(command.arguments.end(), header.parameters.begin(),
                             header.parameters.end());
  } else if (!header.parameters.empty()) {
    log_.warn("job {}: its parameters are not used, since --allow-job-params is not given",
              header.sequence);
  }
  environment_ = base_;
  for (const auto& [name, value] : packet_variables(header, location))
    environment_.set(name, value);
  if (attempt) environment_.set(kAttemptVariable, std::to_string(*attempt));
  command.environment = &environment_;
  command.stdin_fd = options_.ignore_payload ? null_.get() : streams.payload;
  command.stdout_fd = streams.output;
  command.stderr_fd = streams.output;
  return supervisor_.run(command, options_.stop, while_running);
}

}  // namespace bobbin::fspl
