// SPDX-License-Identifier: Apache-2.0
// Writing MessagePack: the few types that a packet's metadata is made of, each in its shortest
// form, so that equal values are equal bytes. Not a general encoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bobbin {

class MsgpackWriter {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit MsgpackWriter(std::string& out) noexcept : out_(out) {}

  void write_unsigned(std::uint64_t value);
  void write_signed(std::int64_t value);
  // At most 31 bytes: field names are all there is.
  void write_short_text(std::string_view text);
  // Counts must fit in 32 bits.
  void write_array_header(std::size_t count);
  void write_map_header(std::size_t count);
  // An array of the integers 0..255, which is how packets spell a string of octets.
  void write_octets(std::string_view octets);

 private:
  void write_byte(std::uint64_t byte) { out_.push_back(static_cast<char>(byte & 0xff)); }
  void write_big_endian(std::uint64_t value, unsigned bytes);
  void write_marked(unsigned marker, std::uint64_t value, unsigned bytes);

  std::string& out_;
};

}  // namespace bobbin
