// SPDX-License-Identifier: Apache-2.0
#include "base/fail.h"
#include "base/number.h"
#include "fspl/commands/commands.h"
#include "fspl/shared_options.h"
#include "spool/sequence_file.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kSequenceOption, kWaitOption};
constexpr std::array kPositionals{kIdPositional};

int run(const Arguments& arguments, const Context&) {
  const std::string& path = *arguments.value("seqfile");
  if (path == "-") {
    fail(ErrorCode::invalid,
         "\"-\" stands for no sequence file, so no number can be set; for a file of that name "
         "write ./-");
  }
  SequenceFile file(path, SequenceOwner::sender, lock_wait(arguments));
  file.store(parse_number(arguments.positionals()[0]).value());
  file.sync_name();
  return 0;
}

}  // namespace

const CommandSpec kPrepareSetNext{
    "prepare-set-next",
    "Set the number that the next packet will get",
    "",
    kOptions,
    kPositionals,
    "",
    run,
};

}  // namespace bobbin::fspl
