// SPDX-License-Identifier: Apache-2.0
#include "packet/msgpack_writer.h"

namespace bobbin {

void MsgpackWriter::write_big_endian(std::uint64_t value, unsigned bytes) {
  for (unsigned left = bytes; left > 0; --left) write_byte(value >> (8 * (left - 1)));
}

void MsgpackWriter::write_marked(unsigned marker, std::uint64_t value, unsigned bytes) {
  write_byte(marker);
  write_big_endian(value, bytes);
}

void MsgpackWriter::write_unsigned(std::uint64_t value) {
  if (value < 0x80) {
    write_byte(value);
  } else if (value <= UINT8_MAX) {
    write_marked(0xcc, value, 1);
  } else if (value <= UINT16_MAX) {
    write_marked(0xcd, value, 2);
  } else if (value <= UINT32_MAX) {
    write_marked(0xce, value, 4);
  } else {
    write_marked(0xcf, value, 8);
  }
}

void MsgpackWriter::write_signed(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0) {
    write_unsigned(bits);
  } else if (value >= -32) {
    write_byte(bits);
  } else if (value >= INT8_MIN) {
    write_marked(0xd0, bits, 1);
  } else if (value >= INT16_MIN) {
    write_marked(0xd1, bits, 2);
  } else if (value >= INT32_MIN) {
    write_marked(0xd2, bits, 4);
  } else {
    write_marked(0xd3, bits, 8);
  }
}

void MsgpackWriter::write_short_text(std::string_view text) {
  write_byte(0xa0 | text.size());
  out_.append(text);
}

void MsgpackWriter::write_array_header(std::size_t count) {
  if (count < 16) {
    write_byte(0x90 | count);
  } else if (count <= UINT16_MAX) {
    write_marked(0xdc, count, 2);
  } else {
    write_marked(0xdd, count, 4);
  }
}

void MsgpackWriter::write_map_header(std::size_t count) {
  if (count < 16) {
    write_byte(0x80 | count);
  } else if (count <= UINT16_MAX) {
    write_marked(0xde, count, 2);
  } else {
    write_marked(0xdf, count, 4);
  }
}

void MsgpackWriter::write_octets(std::string_view octets) {
  write_array_header(octets.size());
  for (const char octet : octets) write_unsigned(static_cast<unsigned char>(octet));
}

}  // namespace bobbin
