// SPDX-License-Identifier: Apache-2.0
// Reading MessagePack that a stranger may have written: a cursor over bytes that says what stands
// next and takes it only if it is of the type asked for. Not a general decoder: floats, extensions
// and their like can only be skipped.
//
// Invariants:
//  1. No byte outside the view is read, and a count or length is never believed beyond what is left
//     of the view: nothing is allocated for elements that are not there.
//  2. Skipping takes constant memory and time in proportion to the bytes skipped, however deep they
//     nest.
// A function that fails leaves the cursor anywhere: give up the whole view.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bobbin {

enum class MsgpackKind {
  unsigned_integer,  // written as such: a signed type never counts, whatever its value
  signed_integer,
  text,
  binary,
  array,
  map,
  nil,
  boolean,
  floating,
  extension,
  reserved,  // the byte 0xc1, which no value starts with
  end,       // nothing is left
};

class MsgpackReader {
 public:
  explicit MsgpackReader(std::string_view bytes) noexcept : rest_(bytes) {}

  MsgpackKind next_kind() const noexcept;

  // An integer of any width and signedness, if its value is in 0..most.
  std::optional<std::uint64_t> read_unsigned(std::uint64_t most) noexcept;
  // An integer of any width and signedness, if its value fits.
  std::optional<std::int64_t> read_signed() noexcept;
  // A string or binary, as it stands in the view; it need not be UTF-8.
  std::optional<std::string_view> read_text_or_binary() noexcept;
  // The number of elements that follow. There is at least one byte left for each.
  std::optional<std::size_t> read_array_header() noexcept;
  // The number of key-value pairs that follow. There are at least two bytes left for each.
  std::optional<std::size_t> read_map_header() noexcept;
  bool read_nil() noexcept;
  // An array of integers 0..255 as the octets that it spells.
  bool read_octets(std::string& octets);
  // Any one value of at most max_depth (up to kMaxSkipDepth) containers inside one another; an
  // extension counts as one.
  bool skip_value(std::size_t max_depth) noexcept;

  static constexpr std::size_t kMaxSkipDepth = 1024;

 private:
  struct Integer {
    std::uint64_t bits;  // two's complement
    bool is_negative;
  };

  unsigned byte_at(std::size_t index) const noexcept {
    return static_cast<unsigned char>(rest_[index]);
  }
  std::optional<std::uint64_t> read_big_endian(std::size_t bytes) noexcept;
  std::optional<Integer> read_integer() noexcept;
  std::optional<std::size_t> read_count(unsigned fix_first, unsigned fix_count, unsigned marker16,
                                        std::size_t bytes_per_element) noexcept;
  bool skip_bytes(std::uint64_t count) noexcept;
  bool skip_sized(std::size_t length_bytes, std::uint64_t extra) noexcept;
  bool skip_scalar(MsgpackKind kind) noexcept;
  bool skip_extension() noexcept;

  std::string_view rest_;
};

}  // namespace bobbin
