// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "base/io.h"
#include "fspl/commands/commands.h"
#include "spool/packet_file.h"

namespace bobbin::fspl {
namespace {

int run(const Arguments&, const Context&) {
  read_packet_header(STDIN_FILENO, "standard input");
  copy_to_end(STDIN_FILENO, "standard input", STDOUT_FILENO, "to standard output");
  return 0;
}

}  // namespace

const CommandSpec kStdinPayload{
    "stdin-payload",
    "Write the payload of the packet on standard input to standard output",
    "",
    {},
    {},
    "",
    run,
};

}  // namespace bobbin::fspl
