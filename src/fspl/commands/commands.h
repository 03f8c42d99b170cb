// SPDX-License-Identifier: Apache-2.0
// One CommandSpec a file of this folder.
#pragma once

#include "fspl/command_table.h"

namespace bobbin::fspl {

extern const CommandSpec kPrepare;
extern const CommandSpec kPrepareNop;
extern const CommandSpec kPrepareFail;
extern const CommandSpec kPrepareGetNext;
extern const CommandSpec kPrepareSetNext;
extern const CommandSpec kQueueInit;
extern const CommandSpec kQueueWrite;
extern const CommandSpec kQueueLs;
extern const CommandSpec kQueueStatus;
extern const CommandSpec kQueueInfo;
extern const CommandSpec kQueuePayload;
extern const CommandSpec kQueueProcess;
extern const CommandSpec kQueueGetNext;
extern const CommandSpec kQueueSetNext;
extern const CommandSpec kQueueGc;
extern const CommandSpec kStdinInfo;
extern const CommandSpec kStdinPayload;
extern const CommandSpec kStdinProcess;
extern const CommandSpec kGenFilename;
extern const CommandSpec kGenUuid;
extern const CommandSpec kGenCompletions;
extern const CommandSpec kShowLicense;

}  // namespace bobbin::fspl
