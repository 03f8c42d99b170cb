// SPDX-License-Identifier: Apache-2.0
#include "fspl/commands/commands.h"
#include "fspl/decoder_option.h"
#include "fspl/output.h"
#include "fspl/packet_report.h"
#include "fspl/shared_options.h"
#include "spool/stored_packet.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kQueueOption, kJobOption, kDecoderOption, kJsonOption};

int run(const Arguments& arguments, const Context&) {
  const SpoolDirectory spool(*arguments.value("queuedir"));
  const auto decoder = decoder_option(arguments);
  const Decoder* decode = decoder ? &*decoder : nullptr;
  const ScannedJob job = find_job(spool, decode, arguments.number("job").value());
  const StoredPacket packet = open_stored_packet(spool, job, open_stored_file(spool, job), decode);
  const JobLocation location{job.name, spool.path()};
  Output output;
  output.write(arguments.has("json") ? packet_report_json(packet.header, location)
                                     : packet_report(packet.header, location));
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kQueueInfo{
    "queue-info", "Print what the packet of a job says, as NAME=value lines", "", kOptions, {}, "",
    run,
};

}  // namespace bobbin::fspl
