// SPDX-License-Identifier: Apache-2.0
#include "packet/prefix_codec.h"

#include <zlib.h>

#include <algorithm>

namespace bobbin {
namespace {

constexpr std::string_view kTag = "*FILESPOOLER";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kVersionAt = 12;
constexpr std::size_t kSizeAt = 14;
constexpr std::size_t kMetadataCrcAt = 22;
constexpr std::size_t kPrefixCrcAt = 26;

std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

void put_big_endian(char* at, std::size_t bytes, std::uint64_t value) noexcept {
  for (std::size_t i = 0; i < bytes; ++i) {
    at[i] = static_cast<char>(value >> (8 * (bytes - 1 - i)) & 0xff);
  }
}

}  // namespace

std::uint32_t crc32_of(std::string_view bytes) noexcept {
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(::crc32_z(0, data, bytes.size()));
}

std::array<char, kPacketPrefixSize> encode_packet_prefix(const PacketPrefix& prefix) noexcept {
  std::array<char, kPacketPrefixSize> bytes{};
  std::copy(kTag.begin(), kTag.end(), bytes.begin());
  put_big_endian(&bytes[kVersionAt], 2, kVersion);
  put_big_endian(&bytes[kSizeAt], 8, prefix.metadata_size);
  put_big_endian(&bytes[kMetadataCrcAt], 4, prefix.metadata_crc);
  put_big_endian(&bytes[kPrefixCrcAt], 4, crc32_of({bytes.data(), kPrefixCrcAt}));
  return bytes;
}

std::variant<PacketPrefix, PacketFault> decode_packet_prefix(std::string_view bytes) noexcept {
  if (bytes.size() < kPacketPrefixSize) return PacketFault::short_prefix;
  if (!bytes.starts_with(kTag)) return PacketFault::bad_tag;
  // Before the checksum: another version may put something else after its number.
  if (big_endian(bytes.substr(kVersionAt, 2)) != kVersion) return PacketFault::bad_version;
  if (big_endian(bytes.substr(kPrefixCrcAt, 4)) != crc32_of(bytes.substr(0, kPrefixCrcAt))) {
    return PacketFault::bad_prefix_crc;
  }
  const std::uint64_t metadata_size = big_endian(bytes.substr(kSizeAt, 8));
  if (metadata_size > kMaxMetadataSize) return PacketFault::metadata_too_large;
  return PacketPrefix{
      .metadata_size = metadata_size,
      .metadata_crc = static_cast<std::uint32_t>(big_endian(bytes.substr(kMetadataCrcAt, 4)))};
}

}  // namespace bobbin
