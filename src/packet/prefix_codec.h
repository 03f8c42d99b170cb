// SPDX-License-Identifier: Apache-2.0
// The first 30 bytes of a packet, writing side; the reading side is public.
//
//     0   12  "*FILESPOOLER"
//    12    2  format version, 1
//    14    8  size of the metadata in bytes
//    22    4  CRC-32 of the metadata
//    26    4  CRC-32 of bytes 0..25
//
// All integers are big-endian.
#pragma once

#include <bobbin/packet.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace bobbin {

std::array<char, kPacketPrefixSize> encode_packet_prefix(const PacketPrefix& prefix) noexcept;

// zlib's CRC-32, the only checksum of the format.
std::uint32_t crc32_of(std::string_view bytes) noexcept;

}  // namespace bobbin
