// SPDX-License-Identifier: Apache-2.0
#include "fspl/prepare.h"

#include <unistd.h>

#include "fspl/commands/commands.h"
#include "fspl/shared_options.h"
#include "packet/variables.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{
    kSequenceOption,
    OptionSpec{"input", 'i', ValueKind::path, "FILE",
               "The payload: a file, or \"-\" for standard input. Without it there is no payload."},
    OptionSpec{
        "queuedir", 'q', ValueKind::directory, "DIR",
        "Write the packet into this queue, as queue-write would, instead of to standard output."},
    OptionSpec{"print-name", 0, ValueKind::flag, "", "With --queuedir: print the job's file name."},
    OptionSpec{"digest", 0, ValueKind::flag, "",
               "Send the payload's size and SHA-256 along, which Bobbin's fspl checks before it "
               "runs the command."},
    kWaitOption,
};

int run(const Arguments& arguments, const Context&) {
  PrepareRequest request;
  request.sequence_file = arguments.value("seqfile").value();
  request.wait = lock_wait(arguments);
  request.header.parameters = arguments.parameters();
  request.header.variables = variables_to_send(environ);
  request.input = arguments.value("input");
  request.digest = arguments.has("digest");
  request.queue = arguments.value("queuedir");
  request.print_name = arguments.has("print-name");
  prepare(std::move(request));
  return 0;
}

}  // namespace

const CommandSpec kPrepare{
    "prepare",
    "Make a packet: take the next number and write header and payload to standard output",
    "Environment variables whose names begin with FSPL_SET_ travel with the packet.",
    kOptions,
    {},
    "Parameters to send; the receiver uses them only with --allow-job-params.",
    run,
};

}  // namespace bobbin::fspl
