// SPDX-License-Identifier: Apache-2.0
// A job's packet, open at its payload: the file itself where it is stored as it is, else the output
// of a decoder. Who reads the payload gets the descriptor; no byte of it passes through this
// program.
#pragma once

#include <bobbin/packet.h>

#include <optional>

#include "base/fd.h"
#include "spool/decoder.h"
#include "spool/scan.h"
#include "spool/spool_directory.h"

namespace bobbin {

struct StoredPacket {
  PacketHeader header;
  Fd file;                                  // the stored file
  std::optional<Decoder::Running> decoder;  // at work until it is let go

  // Stands at the payload's first byte.
  int payload() const noexcept { return decoder ? decoder->output.get() : file.get(); }

  // Waits for the decoder, whose whole output must have been read. Throws Error(corrupt) if it
  // failed.
  void require_decoder_success();

  // To be called when the reader of the payload has ended: how the decoder failed, if it did. A
  // decoder that had more to give than was wanted has not failed; it is stopped.
  std::optional<Outcome> decoder_failure();
};

// The job's file, and the packet in it or in a copy of it, which stands at its beginning. Both
// throw Error(corrupt, not_found) if the file is no longer the packet that was scanned.
Fd open_stored_file(const SpoolDirectory& spool, const ScannedJob& job);
StoredPacket open_stored_packet(const SpoolDirectory& spool, const ScannedJob& job, Fd file,
                                const Decoder* decoder);

}  // namespace bobbin
