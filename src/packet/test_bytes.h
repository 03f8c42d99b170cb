// SPDX-License-Identifier: Apache-2.0
// For tests: bytes spelt in hexadecimal, and metadata of any shape wrapped into a packet.
#pragma once

#include <bobbin/packet.h>

#include <string>
#include <string_view>

#include "packet/prefix_codec.h"

namespace bobbin {

// "82 01a0" and the like; blanks separate as you wish.
inline std::string hex_bytes(std::string_view hex) {
  std::string bytes;
  std::string digits;
  for (const char digit : hex) {
    if (digit != ' ') digits += digit;
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// A short MessagePack string.
inline std::string text(std::string_view name) {
  return std::string(1, static_cast<char>(0xa0 | name.size())) + std::string(name);
}

inline std::string packet_with_metadata(const std::string& metadata) {
  const auto prefix =
      encode_packet_prefix({.metadata_size = metadata.size(), .metadata_crc = crc32_of(metadata)});
  return std::string(prefix.data(), prefix.size()) + metadata;
}

}  // namespace bobbin
