// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "base/io.h"
#include "fspl/commands/commands.h"
#include "fspl/decoder_option.h"
#include "fspl/shared_options.h"
#include "spool/stored_packet.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kQueueOption, kJobOption, kDecoderOption};

int run(const Arguments& arguments, const Context&) {
  const SpoolDirectory spool(*arguments.value("queuedir"));
  const auto decoder = decoder_option(arguments);
  const Decoder* decode = decoder ? &*decoder : nullptr;
  const ScannedJob job = find_job(spool, decode, arguments.number("job").value());
  StoredPacket packet = open_stored_packet(spool, job, open_stored_file(spool, job), decode);
  copy_to_end(packet.payload(), spool.shown_job(job.name), STDOUT_FILENO, "to standard output");
  packet.require_decoder_success();
  return 0;
}

}  // namespace

const CommandSpec kQueuePayload{
    "queue-payload", "Write the payload of a job to standard output", "", kOptions, {}, "", run,
};

}  // namespace bobbin::fspl
