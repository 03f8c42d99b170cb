// SPDX-License-Identifier: Apache-2.0
#include "fspl/commands/commands.h"
#include "fspl/output.h"
#include "fspl/shared_options.h"
#include "spool/sequence_file.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kSequenceOption, kWaitOption};

int run(const Arguments& arguments, const Context&) {
  const std::string& path = *arguments.value("seqfile");
  std::uint64_t next = 1;
  if (path != "-") {
    SequenceFile file(path, SequenceOwner::sender, lock_wait(arguments));
    next = file.next();
    if (file.is_missing()) {
      file.store(next);
      file.sync_name();
    }
  }
  Output output;
  output.write(std::to_string(next) + '\n');
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kPrepareGetNext{
    "prepare-get-next", "Print the number that the next packet will get", "", kOptions, {}, "", run,
};

}  // namespace bobbin::fspl
