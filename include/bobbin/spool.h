// SPDX-License-Identifier: Apache-2.0
// Spools: directories of packets that other programs fill and `fspl queue-process` empties in
// order. The layout is Filespooler's; docs/format.md describes it. A program that links this
// library can send jobs, and look at what waits, without starting fspl.
//
// Every function throws bobbin::Error. Paths are any bytes without NUL. What a function reports as
// done is on the disk.
//
// Threads: every function may be called from any thread, and two processes may work on one spool.
// list_packets reads a large spool with a few threads of its own, which are gone when it returns.
#pragma once

#include <bobbin/error.h>
#include <bobbin/packet.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bobbin {

enum class SpoolKind {
  ordered,      // keeps a sequence and can be processed
  append_only,  // only takes packets, for another host to process
};

// Makes a new spool. Its parent directory must exist. Errors: exists, not_found, denied, no_space.
void create_spool(const std::string& path, SpoolKind kind);

// Takes the next number from a sender's sequence file, which is created with 1 if it is missing.
// The number is used up even if no packet follows, which is a gap for the receiver. Errors: busy
// (another process has the lock at this moment), corrupt (the file holds no number), no_space (the
// numbers are used up, or the disk is full).
std::uint64_t claim_sequence(const std::string& sequence_file);

// Stores one packet: header.sequence and header.created are the caller's to set. Returns the job's
// file name, which appears in the spool only when the packet is complete. Errors: not_found,
// denied, no_space, invalid (header too large), io.
std::string write_packet(const std::string& spool, const PacketHeader& header,
                         std::string_view payload);

// The same with the payload read from a descriptor, from where it stands to its end; it is not
// closed.
std::string write_packet(const std::string& spool, const PacketHeader& header, int payload_fd);

struct SpooledPacket {
  std::uint64_t sequence = 0;
  CreationTime created;
  std::string filename;  // within SPOOL/jobs
};

// Every readable packet by sequence number; files that can't be read as packets are left out. No
// lock is taken.
std::vector<SpooledPacket> list_packets(const std::string& spool);

// The number of the job that is processed next, without taking the lock; nullopt for an append-only
// spool.
std::optional<std::uint64_t> next_sequence(const std::string& spool);

}  // namespace bobbin
