// SPDX-License-Identifier: Apache-2.0
#include "packet/msgpack_reader.h"

#include <array>

namespace bobbin {

MsgpackKind MsgpackReader::next_kind() const noexcept {
  if (rest_.empty()) return MsgpackKind::end;
  const unsigned marker = byte_at(0);
  if (marker < 0x80) return MsgpackKind::unsigned_integer;
  if (marker < 0x90) return MsgpackKind::map;
  if (marker < 0xa0) return MsgpackKind::array;
  if (marker < 0xc0) return MsgpackKind::text;
  if (marker >= 0xe0) return MsgpackKind::signed_integer;
  switch (marker) {
    case 0xc0: return MsgpackKind::nil;
    case 0xc1: return MsgpackKind::reserved;
    case 0xc2:
    case 0xc3: return MsgpackKind::boolean;
    case 0xc4:
    case 0xc5:
    case 0xc6: return MsgpackKind::binary;
    case 0xca:
    case 0xcb: return MsgpackKind::floating;
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf: return MsgpackKind::unsigned_integer;
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3: return MsgpackKind::signed_integer;
    case 0xd9:
    case 0xda:
    case 0xdb: return MsgpackKind::text;
    case 0xdc:
    case 0xdd: return MsgpackKind::array;
    case 0xde:
    case 0xdf: return MsgpackKind::map;
    default: return MsgpackKind::extension;
  }
}

std::optional<std::uint64_t> MsgpackReader::read_big_endian(std::size_t bytes) noexcept {
  if (rest_.size() < bytes) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | byte_at(i);
  rest_.remove_prefix(bytes);
  return value;
}

std::optional<MsgpackReader::Integer> MsgpackReader::read_integer() noexcept {
  if (rest_.empty()) return std::nullopt;
  const unsigned marker = byte_at(0);
  rest_.remove_prefix(1);
  if (marker < 0x80) return Integer{marker, false};
  if (marker >= 0xe0) return Integer{marker | ~std::uint64_t{0xff}, true};
  if (marker < 0xcc || marker > 0xd3) return std::nullopt;
  const std::size_t bytes = std::size_t{1} << (marker & 3);
  const auto value = read_big_endian(bytes);
  if (!value) return std::nullopt;
  const bool is_negative = marker >= 0xd0 && (*value >> (8 * bytes - 1)) != 0;
  if (!is_negative) return Integer{*value, false};
  const std::uint64_t sign_bits = bytes == 8 ? 0 : ~std::uint64_t{0} << (8 * bytes);
  return Integer{*value | sign_bits, true};
}

std::optional<std::uint64_t> MsgpackReader::read_unsigned(std::uint64_t most) noexcept {
  const auto integer = read_integer();
  if (!integer || integer->is_negative || integer->bits > most) return std::nullopt;
  return integer->bits;
}

std::optional<std::int64_t> MsgpackReader::read_signed() noexcept {
  const auto integer = read_integer();
  if (!integer || (!integer->is_negative && integer->bits > INT64_MAX)) return std::nullopt;
  return static_cast<std::int64_t>(integer->bits);
}

std::optional<std::string_view> MsgpackReader::read_text_or_binary() noexcept {
  if (rest_.empty()) return std::nullopt;
  const unsigned marker = byte_at(0);
  rest_.remove_prefix(1);
  std::optional<std::uint64_t> length;
  if (marker >= 0xa0 && marker < 0xc0) {
    length = marker & 0x1f;
  } else if (marker >= 0xd9 && marker <= 0xdb) {
    length = read_big_endian(std::size_t{1} << (marker - 0xd9));
  } else if (marker >= 0xc4 && marker <= 0xc6) {
    length = read_big_endian(std::size_t{1} << (marker - 0xc4));
  }
  if (!length || *length > rest_.size()) return std::nullopt;
  const std::string_view text = rest_.substr(0, *length);
  rest_.remove_prefix(text.size());
  return text;
}

// A count stands in the marker itself, or in the 2 bytes after marker16 or the 4 after the marker
// that follows it.
std::optional<std::size_t> MsgpackReader::read_count(unsigned fix_first, unsigned fix_count,
                                                     unsigned marker16,
                                                     std::size_t bytes_per_element) noexcept {
  if (rest_.empty()) return std::nullopt;
  const unsigned marker = byte_at(0);
  rest_.remove_prefix(1);
  std::optional<std::uint64_t> count;
  if (marker >= fix_first && marker < fix_first + fix_count) {
    count = marker - fix_first;
  } else if (marker == marker16) {
    count = read_big_endian(2);
  } else if (marker == marker16 + 1) {
    count = read_big_endian(4);
  }
  if (!count || *count > rest_.size() / bytes_per_element) return std::nullopt;
  return *count;
}

std::optional<std::size_t> MsgpackReader::read_array_header() noexcept {
  return read_count(0x90, 16, 0xdc, 1);
}

std::optional<std::size_t> MsgpackReader::read_map_header() noexcept {
  return read_count(0x80, 16, 0xde, 2);
}

bool MsgpackReader::read_nil() noexcept {
  if (next_kind() != MsgpackKind::nil) return false;
  rest_.remove_prefix(1);
  return true;
}

bool MsgpackReader::read_octets(std::string& octets) {
  const auto count = read_array_header();
  if (!count) return false;
  octets.resize(*count);
  for (char& octet : octets) {
    if (!rest_.empty() && byte_at(0) < 0x80) {
      octet = rest_[0];
      rest_.remove_prefix(1);
      continue;
    }
    const auto value = read_unsigned(0xff);
    if (!value) return false;
    octet = static_cast<char>(*value);
  }
  return true;
}

bool MsgpackReader::skip_bytes(std::uint64_t count) noexcept {
  if (count > rest_.size()) return false;
  rest_.remove_prefix(count);
  return true;
}

bool MsgpackReader::skip_sized(std::size_t length_bytes, std::uint64_t extra) noexcept {
  const auto length = read_big_endian(length_bytes);
  return length && skip_bytes(*length + extra);
}

bool MsgpackReader::skip_extension() noexcept {
  const unsigned marker = byte_at(0);
  rest_.remove_prefix(1);
  constexpr std::uint64_t kTypeByte = 1;
  if (marker >= 0xc7 && marker <= 0xc9) {
    return skip_sized(std::size_t{1} << (marker - 0xc7), kTypeByte);
  }
  return skip_bytes((std::uint64_t{1} << (marker - 0xd4)) + kTypeByte);
}

bool MsgpackReader::skip_scalar(MsgpackKind kind) noexcept {
  switch (kind) {
    case MsgpackKind::unsigned_integer:
    case MsgpackKind::signed_integer: return read_integer().has_value();
    case MsgpackKind::text:
    case MsgpackKind::binary: return read_text_or_binary().has_value();
    case MsgpackKind::nil:
    case MsgpackKind::boolean: return skip_bytes(1);
    case MsgpackKind::floating: return skip_bytes(byte_at(0) == 0xca ? 5 : 9);
    default: return false;
  }
}

bool MsgpackReader::skip_value(std::size_t max_depth) noexcept {
  std::array<std::uint64_t, kMaxSkipDepth> pending;  // values still to come in each open container
  std::size_t depth = 0;
  for (;;) {
    const MsgpackKind kind = next_kind();
    if (kind == MsgpackKind::array || kind == MsgpackKind::map) {
      const bool is_map = kind == MsgpackKind::map;
      const auto count = is_map ? read_map_header() : read_array_header();
      if (!count || depth == max_depth || depth == pending.size()) return false;
      pending[depth++] = *count * (is_map ? 2 : 1);
    } else if (kind == MsgpackKind::extension) {
      if (depth == max_depth || !skip_extension()) return false;
    } else if (!skip_scalar(kind)) {
      return false;
    }
    while (depth > 0 && pending[depth - 1] == 0) --depth;
    if (depth == 0) return true;
    --pending[depth - 1];
  }
}

}  // namespace bobbin
