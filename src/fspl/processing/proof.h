// SPDX-License-Identifier: Apache-2.0
// Proving a stored packet good before its command sees a byte: the whole file approved by a
// verifier, the whole output of a decoder taken and its success checked, size and SHA-256 compared
// with what the sender put into the packet.
//
// What is proven is what runs: a verifier works on a private copy, since whoever can write into
// jobs/ could change the file after it was approved.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "exec/supervisor.h"
#include "fspl/processing/options.h"
#include "spool/stored_packet.h"

namespace bobbin::fspl {

// Why a packet must not run: a clause for a user.
struct Unproven {
  std::string reason;
};

// What a stop signal has ended before it was known.
struct ProofInterrupted {
  int signal;
};

using ProofResult = std::variant<StoredPacket, Unproven, ProofInterrupted>;

// The job's packet, open at its payload and proven as far as the options and the packet ask for.
// Where they ask for nothing, the file is opened and nothing is copied. Throws Error as
// open_stored_packet.
ProofResult open_proven_packet(const SpoolDirectory& spool, const ScannedJob& job,
                               const Decoder* decoder, const ProcessOptions& options,
                               Supervisor& supervisor);

// Compares the digest that the packet carries, if any, with the payload, from where `payload`
// stands; leaves it there.
std::optional<Unproven> check_digest(const PacketHeader& header, const Fd& payload,
                                     const std::string& what);

}  // namespace bobbin::fspl
