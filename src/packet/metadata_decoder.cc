// SPDX-License-Identifier: Apache-2.0
// Reads the metadata of a packet: as strictly as Filespooler 1.2.2 does, and no stricter.
//
// Writers in the field produce the one canonical form, but packets outlive programs, so every
// spelling that the original accepts is accepted: fields in any order, unknown ones skipped, names
// as binary or as positions, structures as arrays, integers of any width. What it refuses is
// refused. The first thing wrong ends the decoding; there is only one fault to report.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "packet/metadata_fields.h"
#include "packet/msgpack_reader.h"
#include "packet/prefix_codec.h"

namespace bobbin {
namespace {

using Names = std::span<const std::string_view>;

// How many containers may be open at once, the ones of the packet itself included. The original
// stops at the same depth; {"Command": ...} does not count.
constexpr std::size_t kMaxDepth = 1023;
constexpr std::size_t kHeaderDepth = 1;
constexpr std::size_t kCommandDepth = 2;

// The position of a name that stands next: spelt as text, as binary or as the position itself.
// names.size() if it is none of `names`; nothing if it is not a name at all.
std::optional<std::size_t> read_name(MsgpackReader& reader, Names names) {
  const MsgpackKind kind = reader.next_kind();
  if (kind == MsgpackKind::unsigned_integer) {
    const auto position = reader.read_unsigned(UINT64_MAX);
    if (!position) return std::nullopt;
    return *position < names.size() ? *position : names.size();
  }
  if (kind != MsgpackKind::text && kind != MsgpackKind::binary) return std::nullopt;
  const auto text = reader.read_text_or_binary();
  if (!text) return std::nullopt;
  std::size_t position = 0;
  while (position < names.size() && names[position] != *text) ++position;
  return position;
}

// A structure, as a map or as an array of exactly its fields in order. `read_field(position)` reads
// one value; every field must be there once.
template <typename ReadField>
bool read_structure(MsgpackReader& reader, Names fields, std::size_t depth, ReadField read_field) {
  if (reader.next_kind() == MsgpackKind::array) {
    if (reader.read_array_header() != fields.size()) return false;
    for (std::size_t position = 0; position < fields.size(); ++position) {
      if (!read_field(position)) return false;
    }
    return true;
  }
  const auto count = reader.read_map_header();
  if (!count) return false;
  unsigned seen = 0;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto position = read_name(reader, fields);
    if (!position) return false;
    if (*position == fields.size()) {
      if (!reader.skip_value(kMaxDepth - depth)) return false;
      continue;
    }
    const unsigned bit = 1u << *position;
    if ((seen & bit) != 0 || !read_field(*position)) return false;
    seen |= bit;
  }
  return seen == (1u << fields.size()) - 1;
}

bool read_created(MsgpackReader& reader, CreationTime& created) {
  if (reader.read_array_header() != 2u) return false;
  const auto seconds = reader.read_signed();
  if (!seconds) return false;
  const auto nanoseconds = reader.read_unsigned(UINT32_MAX);
  if (!nanoseconds) return false;
  created = {*seconds, static_cast<std::uint32_t>(*nanoseconds)};
  return true;
}

class CommandReader {
 public:
  CommandReader(MsgpackReader& reader, PacketHeader& header) noexcept
      : reader_(reader), header_(header) {}

  bool read() {
    return read_structure(reader_, kCommandFields, kCommandDepth, [&](std::size_t field) {
      return field == kParametersField ? read_parameters() : read_variables();
    });
  }

 private:
  bool read_parameters() {
    const auto count = reader_.read_array_header();
    if (!count || !admit(*count)) return false;
    header_.parameters.resize(*count);
    for (std::string& parameter : header_.parameters) {
      if (!reader_.read_octets(parameter)) return false;
    }
    return true;
  }

  bool read_variables() {
    const auto count = reader_.read_array_header();
    if (!count || !admit(2 * *count)) return false;
    header_.variables.resize(*count);
    for (PacketVariable& variable : header_.variables) {
      if (reader_.read_array_header() != 2u || !reader_.read_octets(variable.name) ||
          !reader_.read_octets(variable.value)) {
        return false;
      }
    }
    return true;
  }

  bool admit(std::size_t strings) noexcept {
    if (strings > kMaxStrings - strings_) return false;
    strings_ += strings;
    return true;
  }

  MsgpackReader& reader_;
  PacketHeader& header_;
  std::size_t strings_ = 0;
};

// A bare name, or a map of one name to what belongs to it: nil for all but a command.
bool read_kind(MsgpackReader& reader, PacketHeader& header) {
  const bool is_map = reader.next_kind() == MsgpackKind::map;
  if (is_map && reader.read_map_header() != 1u) return false;
  const auto kind = read_name(reader, kKinds);
  if (!kind) return false;
  switch (*kind) {
    case kCommandKind:
      header.kind = PacketKind::command;
      return is_map && CommandReader(reader, header).read();
    case kNopKind: header.kind = PacketKind::nop; break;
    case kFailKind: header.kind = PacketKind::fail; break;
    default: return false;
  }
  return !is_map || reader.read_nil();
}

bool read_header(MsgpackReader& reader, PacketHeader& header) {
  return read_structure(reader, kHeaderFields, kHeaderDepth, [&](std::size_t field) {
    if (field == kCreatedField) return read_created(reader, header.created);
    if (field == kKindField) return read_kind(reader, header);
    const auto sequence = reader.read_unsigned(UINT64_MAX);
    header.sequence = sequence.value_or(0);
    return sequence.has_value();
  });
}

}  // namespace

std::variant<PacketHeader, PacketFault> decode_packet_metadata(const PacketPrefix& prefix,
                                                               std::string_view bytes) {
  if (prefix.metadata_size > kMaxMetadataSize) return PacketFault::metadata_too_large;
  if (bytes.size() < prefix.metadata_size) return PacketFault::short_metadata;
  const std::string_view metadata = bytes.substr(0, prefix.metadata_size);
  if (crc32_of(metadata) != prefix.metadata_crc) return PacketFault::bad_metadata_crc;
  std::variant<PacketHeader, PacketFault> result;
  MsgpackReader reader(metadata);
  if (!read_header(reader, std::get<PacketHeader>(result))) return PacketFault::bad_metadata;
  return result;
}

std::variant<PacketHeader, PacketFault> decode_packet_header(std::string_view bytes) {
  const auto prefix = decode_packet_prefix(bytes);
  if (const auto* fault = std::get_if<PacketFault>(&prefix)) return *fault;
  return decode_packet_metadata(std::get<PacketPrefix>(prefix), bytes.substr(kPacketPrefixSize));
}

}  // namespace bobbin
