// SPDX-License-Identifier: Apache-2.0
// Plain values as bytes, in this machine's order: for processes and files that never leave it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace bobbin {

class WireWriter {
 public:
  template <typename Value>
  void put(const Value& value) {
    static_assert(std::is_arithmetic_v<Value> || std::is_enum_v<Value>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what was put, in the same order. Beyond the end there are zeros, and is_whole() is false
// for ever.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <typename Value>
  Value take() {
    static_assert(std::is_arithmetic_v<Value> || std::is_enum_v<Value>);
    Value value{};
    const std::string_view bytes = take_bytes(sizeof value);
    if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view take_text() { return take_bytes(take<std::uint32_t>()); }

  // Everything was there, and nothing is left.
  bool is_whole() const { return is_whole_ && rest_.empty(); }

 private:
  std::string_view take_bytes(std::size_t size) {
    is_whole_ = is_whole_ && size <= rest_.size();
    if (!is_whole_) return {};
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
  bool is_whole_ = true;
};

}  // namespace bobbin
