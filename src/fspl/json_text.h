// SPDX-License-Identifier: Apache-2.0
// The only place that knows the JSON library. Names in packets and directories are octets, JSON is
// UTF-8: such a string is put down with U+FFFD for what is not UTF-8, and a second member NAME_hex
// holds the exact bytes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace bobbin::fspl {

using Json = nlohmann::ordered_json;

inline std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0fu];
  }
  return text;
}

inline void put_octets(Json& object, const std::string& member, std::string_view bytes) {
  object[member] = std::string(bytes);
  if (!is_utf8(bytes)) object[member + "_hex"] = hex_of(bytes);
}

// One line, ending in a newline.
inline std::string json_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace bobbin::fspl
