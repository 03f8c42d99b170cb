// SPDX-License-Identifier: Apache-2.0
// Making one packet: claim a number, write the header, copy the payload. What the three prepare
// commands share.
//
// Everything that can be found wrong is found before the number is claimed, since a claimed number
// that no packet carries is a gap at the receiver. The claim is on the disk before the first byte
// of the packet can be seen.
//
// Crash: a number may be lost, never given twice; a packet in a queue is whole or not there.
#pragma once

#include <bobbin/packet.h>

#include <optional>
#include <string>

#include "base/file_lock.h"
#include "base/log.h"

namespace bobbin::fspl {

struct PrepareRequest {
  std::string sequence_file;  // "-": none, number 1
  LockWait wait = LockWait::never;
  PacketHeader header;               // sequence and time are set by prepare()
  std::optional<std::string> input;  // "-": standard input; nullopt: no payload
  bool digest = false;
  std::optional<std::string> queue;  // nullopt: to standard output
  bool print_name = false;           // the job's file name, when it goes into a queue
};

void prepare(PrepareRequest request);

}  // namespace bobbin::fspl
