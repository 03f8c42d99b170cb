// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "base/io.h"
#include "fspl/commands/commands.h"
#include "fspl/output.h"
#include "fspl/shared_options.h"
#include "spool/packet_writer.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{
    kQueueOption,
    OptionSpec{"print-name", 0, ValueKind::flag, "", "Print the job's file name."},
};

int run(const Arguments& arguments, const Context&) {
  const SpoolDirectory spool(*arguments.value("queuedir"));
  PacketWriter writer(spool);
  copy_to_end(STDIN_FILENO, "standard input", writer.fd(), writer.what());
  writer.publish();
  if (arguments.has("print-name")) {
    Output output;
    output.write(writer.job_name() + '\n');
    output.flush();
  }
  return 0;
}

}  // namespace

const CommandSpec kQueueWrite{
    "queue-write",
    "Store a packet from standard input in a queue",
    "The job appears in the queue when it is complete and on the disk. No lock is taken; any "
    "number may write at "
    "the same time.",
    kOptions,
    {},
    "",
    run,
};

}  // namespace bobbin::fspl
