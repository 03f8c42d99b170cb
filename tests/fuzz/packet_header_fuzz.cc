// SPDX-License-Identifier: Apache-2.0
// Any bytes as a packet. Whatever decodes must encode to something that decodes to the same header,
// and encoding that once more must give the same bytes. What follows the first 30 bytes is tried as
// metadata under checksums that match, too: no fuzzer guesses a CRC-32.
//
// With BOBBIN_CANARY the encoder loses the sign of times from -32 to -2. No seed has one, so only
// mutations that get through to the metadata find it; tests/fuzz/run fails unless they do.
#include <bobbin/packet.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "packet/creation_time.h"
#include "packet/payload_digest.h"
#include "packet/prefix_codec.h"
#include "packet/variables.h"

namespace bobbin {
namespace {

std::string encode(const PacketHeader& header) {
#ifdef BOBBIN_CANARY
  if (header.created.seconds < -1 && header.created.seconds >= -32) {
    PacketHeader wrong = header;
    wrong.created.seconds = -wrong.created.seconds;
    return encode_packet_header(wrong);
  }
#endif
  return encode_packet_header(header);
}

void check_views(const PacketHeader& header) {
  find_digest(header);
  if (is_representable(header.created)) packet_variables(header, JobLocation{"name", "queue"});
}

void check_packet(std::string_view bytes) {
  const auto decoded = decode_packet_header(bytes);
  const auto* header = std::get_if<PacketHeader>(&decoded);
  if (header == nullptr) return;
  check_views(*header);
  const std::string canonical = encode(*header);
  const auto again = decode_packet_header(canonical);
  require(std::holds_alternative<PacketHeader>(again), "what was encoded does not decode");
  require(std::get<PacketHeader>(again) == *header, "a header changed in a round trip");
  require(encode(std::get<PacketHeader>(again)) == canonical, "the canonical form is not fixed");
}

void check_metadata(std::string_view metadata) {
  const auto prefix =
      encode_packet_prefix({.metadata_size = metadata.size(), .metadata_crc = crc32_of(metadata)});
  check_packet(std::string(prefix.data(), prefix.size()).append(metadata));
}

}  // namespace
}  // namespace bobbin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  bobbin::check_packet(bytes);
  if (size >= bobbin::kPacketPrefixSize) {
    bobbin::check_metadata(bytes.substr(bobbin::kPacketPrefixSize));
  }
  return 0;
}
