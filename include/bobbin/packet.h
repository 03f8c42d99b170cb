// SPDX-License-Identifier: Apache-2.0
// Packets: a job as bytes. A packet is a 30-byte prefix, a metadata block and the payload, which
// runs to the end of the file or stream. The format is Filespooler's, version 1; docs/format.md
// describes it byte by byte.
//
// Everything here is pure: no file is read, no clock is asked. Functions are safe to call from any
// thread. Strings hold octets, not text: a parameter or a variable need not be UTF-8 and may hold a
// NUL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bobbin {

// Bytes before the metadata block, in every packet.
inline constexpr std::size_t kPacketPrefixSize = 30;

// Largest metadata block that is read, in bytes. What a packet carries must fit into one execve (at
// most 6 MB on Linux), and an octet takes at most two bytes, so nothing that could run is refused.
inline constexpr std::uint64_t kMaxMetadataSize = 16u << 20;

enum class PacketKind {
  command,  // runs the receiver's command
  nop,      // succeeds without running anything
  fail,     // fails without running anything
};

// When the packet was prepared, by the sender's clock. Seconds may be negative.
struct CreationTime {
  std::int64_t seconds = 0;       // since 1970-01-01T00:00:00Z
  std::uint32_t nanoseconds = 0;  // 0..999999999, up to 1999999999 within a leap second

  friend bool operator==(const CreationTime&, const CreationTime&) = default;
  friend auto operator<=>(const CreationTime&, const CreationTime&) = default;
};

struct PacketVariable {
  std::string name;  // without the prefix FSPL_SET_; may be empty
  std::string value;

  friend bool operator==(const PacketVariable&, const PacketVariable&) = default;
};

struct PacketHeader {
  std::uint64_t sequence = 0;
  CreationTime created;
  PacketKind kind = PacketKind::command;
  std::vector<std::string> parameters;    // command only
  std::vector<PacketVariable> variables;  // command only; in the sender's order, duplicates kept

  friend bool operator==(const PacketHeader&, const PacketHeader&) = default;
};

// Why bytes are not a packet, in the order in which they are checked.
enum class PacketFault {
  short_prefix,        // fewer than 30 bytes
  bad_tag,             // not a packet at all
  bad_version,         // a format version other than 1
  bad_prefix_crc,      // prefix damaged
  metadata_too_large,  // more than kMaxMetadataSize claimed
  short_metadata,      // the file ends within the metadata
  bad_metadata_crc,    // metadata damaged
  bad_metadata,        // intact, but does not describe a job
};

// One clause for a user, e.g. "the metadata is damaged (its CRC-32 does not match)".
std::string_view describe(PacketFault fault) noexcept;

struct PacketPrefix {
  std::uint64_t metadata_size = 0;  // in bytes, at most kMaxMetadataSize
  std::uint32_t metadata_crc = 0;   // zlib's CRC-32

  friend bool operator==(const PacketPrefix&, const PacketPrefix&) = default;
};

// Prefix and metadata in canonical form, to be followed by the payload.
// Throws Error(invalid) if the metadata would exceed kMaxMetadataSize or hold more than 2^20
// strings, which no execve takes either.
std::string encode_packet_header(const PacketHeader& header);

// Checks the first kPacketPrefixSize bytes of a packet; fewer are short_prefix, more are ignored.
std::variant<PacketPrefix, PacketFault> decode_packet_prefix(std::string_view bytes) noexcept;

// Decodes the prefix.metadata_size bytes that follow the prefix; fewer are short_metadata, more are
// ignored. Never allocates more than a small multiple of the bytes given, whatever they claim: more
// than 2^20 strings are bad_metadata.
std::variant<PacketHeader, PacketFault> decode_packet_metadata(const PacketPrefix& prefix,
                                                               std::string_view bytes);

// Both steps for a packet that is in memory; what follows the header is ignored. Where the header
// ended is kPacketPrefixSize + metadata_size.
std::variant<PacketHeader, PacketFault> decode_packet_header(std::string_view bytes);

}  // namespace bobbin
