// SPDX-License-Identifier: Apache-2.0
#include "fspl/commands/commands.h"
#include "fspl/shared_options.h"
#include "spool/spool_directory.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{
    kQueueOption,
    OptionSpec{
        "append-only", 0, ValueKind::flag, "",
        "Make a queue that only takes jobs: it has no sequence and can't be processed here."},
};

int run(const Arguments& arguments, const Context&) {
  make_spool(*arguments.value("queuedir"), arguments.has("append-only"));
  return 0;
}

}  // namespace

const CommandSpec kQueueInit{
    "queue-init", "Make a new, empty queue", "", kOptions, {}, "", run,
};

}  // namespace bobbin::fspl
