// SPDX-License-Identifier: Apache-2.0
#include "fspl/commands/commands.h"
#include "fspl/output.h"
#include "fspl/shared_options.h"
#include "spool/layout.h"
#include "spool/sequence_file.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kQueueOption, kWaitOption};

int run(const Arguments& arguments, const Context&) {
  const std::string path = *arguments.value("queuedir") + '/' + kSequenceFile;
  SequenceFile file(path, SequenceOwner::spool, lock_wait(arguments));
  if (file.is_missing()) {
    file.store(file.next());
    file.sync_name();
  }
  Output output;
  output.write(std::to_string(file.next()) + '\n');
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kQueueGetNext{
    "queue-get-next",
    "Print the number of the job that is processed next",
    "",
    kOptions,
    {},
    "",
    run,
};

}  // namespace bobbin::fspl
