// SPDX-License-Identifier: Apache-2.0
#include "base/number.h"
#include "fspl/commands/commands.h"
#include "fspl/shared_options.h"
#include "spool/layout.h"
#include "spool/sequence_file.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kQueueOption, kWaitOption};
constexpr std::array kPositionals{kIdPositional};

int run(const Arguments& arguments, const Context&) {
  const std::string path = *arguments.value("queuedir") + '/' + kSequenceFile;
  SequenceFile file(path, SequenceOwner::spool, lock_wait(arguments));
  file.store(parse_number(arguments.positionals()[0]).value());
  file.sync_name();
  return 0;
}

}  // namespace

const CommandSpec kQueueSetNext{
    "queue-set-next",
    "Set the number of the job that is processed next",
    "Jobs below the number are never run; use it to skip a job that can't succeed or to leave a "
    "gap behind.",
    kOptions,
    kPositionals,
    "",
    run,
};

}  // namespace bobbin::fspl
