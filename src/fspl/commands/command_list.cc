// SPDX-License-Identifier: Apache-2.0
#include "fspl/commands/commands.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kCommands{&kPrepare,        &kPrepareNop,   &kPrepareFail,  &kPrepareGetNext,
                               &kPrepareSetNext, &kQueueInit,    &kQueueWrite,   &kQueueLs,
                               &kQueueStatus,    &kQueueInfo,    &kQueuePayload, &kQueueProcess,
                               &kQueueGetNext,   &kQueueSetNext, &kQueueGc,      &kStdinInfo,
                               &kStdinPayload,   &kStdinProcess, &kGenFilename,  &kGenUuid,
                               &kGenCompletions, &kShowLicense};

}  // namespace

std::span<const CommandSpec* const> all_commands() { return kCommands; }

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec* command : kCommands) {
    if (command->name == name) return command;
  }
  return nullptr;
}

}  // namespace bobbin::fspl
