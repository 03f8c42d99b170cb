// SPDX-License-Identifier: Apache-2.0
#include <bobbin/packet.h>

namespace bobbin {

std::string_view describe(PacketFault fault) noexcept {
  switch (fault) {
    case PacketFault::short_prefix: return "it ends before a packet's first 30 bytes are complete";
    case PacketFault::bad_tag: return "it is not a packet (it does not start with *FILESPOOLER)";
    case PacketFault::bad_version: return "it is a packet of an unknown format version (not 1)";
    case PacketFault::bad_prefix_crc: return "the prefix is damaged (its CRC-32 does not match)";
    case PacketFault::metadata_too_large: return "it claims more than 16 MiB of metadata";
    case PacketFault::short_metadata: return "it ends before the metadata is complete";
    case PacketFault::bad_metadata_crc:
      return "the metadata is damaged (its CRC-32 does not match)";
    case PacketFault::bad_metadata: return "the metadata is intact but does not describe a job";
  }
  return "it is not a packet";
}

}  // namespace bobbin
