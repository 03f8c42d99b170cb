// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "fspl/commands/commands.h"
#include "fspl/output.h"
#include "fspl/packet_report.h"
#include "fspl/shared_options.h"
#include "spool/packet_file.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kJsonOption};

int run(const Arguments& arguments, const Context&) {
  const PacketHeader header = read_packet_header(STDIN_FILENO, "standard input");
  Output output;
  output.write(arguments.has("json") ? packet_report_json(header, {}) : packet_report(header, {}));
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kStdinInfo{
    "stdin-info", "Print what the packet on standard input says, as NAME=value lines",
    "",           kOptions,
    {},           "",
    run,
};

}  // namespace bobbin::fspl
