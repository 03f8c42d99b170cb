// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/fail.h"
#include "fspl/commands/commands.h"
#include "fspl/processing/job_command.h"
#include "fspl/processing/proof.h"
#include "fspl/processing_options.h"
#include "fspl/stop_like_signal.h"
#include "packet/payload_digest.h"
#include "spool/packet_file.h"
#include "spool/payload.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kAllowJobParamsOption, kIgnorePayloadOption, kTimeoutOption,
                              kStopSignalOption, kGraceOption};
constexpr std::array kPositionals{kCommandPositional};

// The payload, once it was compared with the digest that the packet carries; not open where it
// carries none.
Fd proven_payload(const PacketHeader& header) {
  if (std::holds_alternative<std::monostate>(find_digest(header))) return {};
  Fd payload(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!payload.is_open()) fail_errno(errno, "cannot use standard input");
  payload = rewindable(std::move(payload), "standard input");
  if (const auto bad = check_digest(header, payload, "standard input")) {
    fail(ErrorCode::corrupt, "the packet on standard input does not run: " + bad->reason);
  }
  return payload;
}

int run(const Arguments& arguments, const Context& context) {
  const CommandOptions options = command_options(arguments);
  const PacketHeader header = read_packet_header(STDIN_FILENO, "standard input");
  const Fd proven = proven_payload(header);
  Outcome outcome = Exited{0};
  {
    Supervisor supervisor;
    JobCommand command(options, supervisor, context.log);
    outcome = command.run(header, std::nullopt, {proven.is_open() ? proven.get() : STDIN_FILENO},
                          std::nullopt, {});
  }
  if (const auto* interrupted = std::get_if<Interrupted>(&outcome))
    stop_like_signal(interrupted->signal);
  if (succeeded(outcome)) return 0;
  context.log.error("job {}: {}", header.sequence,
                    header.kind == PacketKind::fail ? "it is a Fail packet" : describe(outcome));
  return meaning(ErrorCode::io).exit_status;
}

}  // namespace

const CommandSpec kStdinProcess{
    "stdin-process",
    "Run a command with the packet on standard input",
    "The command's standard input is the payload. Exits with 1 when the command fails, whatever "
    "its own status was.",
    kOptions,
    kPositionals,
    kParametersHelp,
    run,
};

}  // namespace bobbin::fspl
