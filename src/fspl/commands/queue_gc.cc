// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "fspl/commands/commands.h"
#include "fspl/decoder_option.h"
#include "fspl/output.h"
#include "fspl/shared_options.h"
#include "spool/garbage.h"
#include "spool/layout.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{
    kQueueOption,
    kDecoderOption,
    OptionSpec{"dry-run", 0, ValueKind::flag, "", "Only say what would be removed."},
    kWaitOption,
};

int run(const Arguments& arguments, const Context&) {
  const SpoolDirectory spool(*arguments.value("queuedir"));
  const bool is_append_only = ::access((spool.sequence_path() + kLockSuffix).c_str(), F_OK) != 0;
  std::optional<SequenceFile> sequence;
  if (!is_append_only)
    sequence.emplace(spool.sequence_path(), SequenceOwner::spool, lock_wait(arguments));
  const auto decoder = decoder_option(arguments);
  const Garbage garbage = find_garbage(spool, sequence ? &*sequence : nullptr,
                                       decoder ? &*decoder : nullptr, ::time(nullptr));
  const bool dry_run = arguments.has("dry-run");
  Output output;
  for (const GarbageFile& file : garbage.to_remove) {
    if (!dry_run) remove_garbage(spool, file);
    output.write(fmt::format("{} {}: {}\n", dry_run ? "would remove" : "removed",
                             shown(spool.path() + '/' + file.path), file.reason));
  }
  for (const GarbageFile& file : garbage.kept) {
    output.write(fmt::format("kept {}: {}\n", shown(spool.path() + '/' + file.path), file.reason));
  }
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kQueueGc{
    "queue-gc",
    "Remove what dead writers and completed jobs left behind, and say what",
    "Removes temporary files whose writer is gone, and the files of jobs below the next number: "
    "also those that "
    "--never-delete and --on-error Leave kept.",
    kOptions,
    {},
    "",
    run,
};

}  // namespace bobbin::fspl
