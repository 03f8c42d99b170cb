// SPDX-License-Identifier: Apache-2.0
// Writes packet headers in canonical form: fixed field order, every value as short as it gets.
#include <fmt/format.h>

#include <algorithm>

#include "base/fail.h"
#include "packet/metadata_fields.h"
#include "packet/msgpack_writer.h"
#include "packet/prefix_codec.h"

namespace bobbin {
namespace {

// Counts what takes at least one byte each, so that what is far too large is refused before it is
// built.
std::uint64_t least_size(const PacketHeader& header) noexcept {
  std::uint64_t size = header.parameters.size() + header.variables.size();
  for (const std::string& parameter : header.parameters) size += parameter.size();
  for (const PacketVariable& variable : header.variables) {
    size += variable.name.size() + variable.value.size();
  }
  return size;
}

[[noreturn]] void fail_too_large(std::uint64_t sequence) {
  fail(ErrorCode::invalid,
       fmt::format("cannot encode packet {}: its parameters and variables need more than {} bytes "
                   "of metadata or are more than {}; send what is large as payload",
                   sequence, kMaxMetadataSize, kMaxStrings));
}

void write_command(MsgpackWriter& writer, const PacketHeader& header) {
  writer.write_map_header(1);
  writer.write_short_text(kKinds[kCommandKind]);
  writer.write_map_header(kCommandFields.size());
  writer.write_short_text(kCommandFields[kParametersField]);
  writer.write_array_header(header.parameters.size());
  for (const std::string& parameter : header.parameters) writer.write_octets(parameter);
  writer.write_short_text(kCommandFields[kVariablesField]);
  writer.write_array_header(header.variables.size());
  for (const PacketVariable& variable : header.variables) {
    writer.write_array_header(2);
    writer.write_octets(variable.name);
    writer.write_octets(variable.value);
  }
}

void write_metadata(MsgpackWriter& writer, const PacketHeader& header) {
  writer.write_map_header(kHeaderFields.size());
  writer.write_short_text(kHeaderFields[kSequenceField]);
  writer.write_unsigned(header.sequence);
  writer.write_short_text(kHeaderFields[kCreatedField]);
  writer.write_array_header(2);
  writer.write_signed(header.created.seconds);
  writer.write_unsigned(header.created.nanoseconds);
  writer.write_short_text(kHeaderFields[kKindField]);
  switch (header.kind) {
    case PacketKind::command: write_command(writer, header); break;
    case PacketKind::nop: writer.write_short_text(kKinds[kNopKind]); break;
    case PacketKind::fail: writer.write_short_text(kKinds[kFailKind]); break;
  }
}

}  // namespace

std::string encode_packet_header(const PacketHeader& header) {
  const bool is_command = header.kind == PacketKind::command;
  if (is_command && (least_size(header) > kMaxMetadataSize ||
                     header.parameters.size() + 2 * header.variables.size() > kMaxStrings)) {
    fail_too_large(header.sequence);
  }
  std::string bytes(kPacketPrefixSize, '\0');
  MsgpackWriter writer(bytes);
  write_metadata(writer, header);
  const std::string_view metadata = std::string_view(bytes).substr(kPacketPrefixSize);
  if (metadata.size() > kMaxMetadataSize) fail_too_large(header.sequence);
  const auto prefix =
      encode_packet_prefix({.metadata_size = metadata.size(), .metadata_crc = crc32_of(metadata)});
  std::copy(prefix.begin(), prefix.end(), bytes.begin());
  return bytes;
}

}  // namespace bobbin
