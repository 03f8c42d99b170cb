// SPDX-License-Identifier: Apache-2.0
#include "fspl/commands/commands.h"
#include "fspl/prepare.h"
#include "fspl/shared_options.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kSequenceOption, kWaitOption};

int run(const Arguments& arguments, const Context&) {
  PrepareRequest request;
  request.sequence_file = arguments.value("seqfile").value();
  request.wait = lock_wait(arguments);
  request.header.kind = PacketKind::fail;
  prepare(std::move(request));
  return 0;
}

}  // namespace

const CommandSpec kPrepareFail{
    "prepare-fail",
    "Make a packet that fails without running anything, as a barrier in the stream",
    "",
    kOptions,
    {},
    "",
    run,
};

}  // namespace bobbin::fspl
