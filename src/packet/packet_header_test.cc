// SPDX-License-Identifier: Apache-2.0
// Whole headers: round trips, canonical bytes, faults in the order in which they are checked.
#include <bobbin/error.h>
#include <gtest/gtest.h>

#include "packet/test_bytes.h"

namespace bobbin {
namespace {

PacketHeader sample() {
  return {
      .sequence = 7, .created = {1700000000, 5}, .parameters = {"p"}, .variables = {{"E", "v"}}};
}

void expect_fault(std::string_view bytes, PacketFault fault) {
  const auto result = decode_packet_header(bytes);
  ASSERT_TRUE(std::holds_alternative<PacketFault>(result));
  EXPECT_EQ(std::get<PacketFault>(result), fault);
}

void expect_round_trip(const PacketHeader& header) {
  const std::string bytes = encode_packet_header(header);
  const auto result = decode_packet_header(bytes + "payload");
  ASSERT_TRUE(std::holds_alternative<PacketHeader>(result));
  EXPECT_EQ(std::get<PacketHeader>(result), header);
}

std::string with_bytes(std::string bytes, std::size_t at, std::string_view replacement) {
  return bytes.replace(at, replacement.size(), replacement);
}

std::string with_prefix_crc(std::string bytes) {
  const std::uint32_t crc = crc32_of(std::string_view(bytes).substr(0, 26));
  for (unsigned i = 0; i < 4; ++i) bytes[26 + i] = static_cast<char>(crc >> (24 - 8 * i) & 0xff);
  return bytes;
}

TEST(PacketHeader, IsWrittenInCanonicalForm) {
  EXPECT_EQ(encode_packet_header(sample()).substr(kPacketPrefixSize),
            hex_bytes("83") + text("seq") + hex_bytes("07") + text("ctime") +
                hex_bytes("92 ce6553f100 05") + text("cmd_type") + hex_bytes("81") +
                text("Command") + hex_bytes("82") + text("params") + hex_bytes("91 91 70") +
                text("env") + hex_bytes("91 92 91 45 91 76"));
  EXPECT_EQ(encode_packet_header({.sequence = 1,
                                  .created = {},
                                  .kind = PacketKind::fail,
                                  .parameters = {},
                                  .variables = {}})
                .substr(kPacketPrefixSize),
            hex_bytes("83") + text("seq") + hex_bytes("01") + text("ctime") +
                hex_bytes("92 00 00") + text("cmd_type") + text("Fail"));
}

TEST(PacketHeader, SurvivesARoundTripAtEveryIntegerBoundary) {
  for (unsigned shift = 0; shift < 64; ++shift) {
    const std::uint64_t power = std::uint64_t{1} << shift;
    for (const std::uint64_t value : {power - 1, power, power + 1, ~power, UINT64_MAX}) {
      PacketHeader header = sample();
      header.sequence = value;
      header.created = {static_cast<std::int64_t>(value), static_cast<std::uint32_t>(value)};
      expect_round_trip(header);
      header.created.seconds = static_cast<std::int64_t>(~value);
      expect_round_trip(header);
    }
  }
  expect_round_trip({.sequence = 0,
                     .created = {INT64_MIN, UINT32_MAX},
                     .kind = PacketKind::nop,
                     .parameters = {},
                     .variables = {}});
}

TEST(PacketHeader, SurvivesARoundTripWithStringsOfEveryLength) {
  for (const std::size_t size : {0u, 1u, 15u, 16u, 127u, 128u, 255u, 256u, 65535u, 65536u}) {
    PacketHeader header = sample();
    header.parameters = {std::string(size, '\x00'), std::string(size, '\xff')};
    header.variables = {{std::string(size, '\x7f'), std::string(size, '\x80')}, {"", ""}, {"", ""}};
    expect_round_trip(header);
    header.parameters.assign(size, "x");
    header.variables.assign(size, {"", "y"});
    expect_round_trip(header);
  }
}

TEST(PacketHeader, OfOtherKindsCarriesNothing) {
  for (const PacketKind kind : {PacketKind::nop, PacketKind::fail}) {
    PacketHeader header = sample();
    header.kind = kind;
    const std::string bytes = encode_packet_header(header);
    header.parameters.clear();
    header.variables.clear();
    EXPECT_EQ(std::get<PacketHeader>(decode_packet_header(bytes)), header);
  }
}

TEST(PacketHeader, IsRefusedWhereverItIsCut) {
  const std::string bytes = encode_packet_header(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    expect_fault(std::string_view(bytes).substr(0, size), size < kPacketPrefixSize
                                                              ? PacketFault::short_prefix
                                                              : PacketFault::short_metadata);
  }
}

TEST(PacketHeader, IsRefusedWithAnyBitFlipped) {
  const std::string bytes = encode_packet_header(sample());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(std::holds_alternative<PacketFault>(decode_packet_header(damaged))) << bit;
  }
}

TEST(PacketHeader, FaultsAreFoundInOrder) {
  const std::string bytes = encode_packet_header(sample());
  expect_fault("X", PacketFault::short_prefix);
  expect_fault(std::string(29, 'x'), PacketFault::short_prefix);
  expect_fault(std::string(30, 'x'), PacketFault::bad_tag);
  const std::string version_2 = with_bytes(bytes, 13, "\x02");
  expect_fault(with_bytes(version_2, 0, "X"), PacketFault::bad_tag);
  expect_fault(version_2, PacketFault::bad_version);  // although the CRC is wrong, too
  expect_fault(with_prefix_crc(version_2), PacketFault::bad_version);
  const std::string huge = with_bytes(bytes, 14, "\xff");
  expect_fault(huge, PacketFault::bad_prefix_crc);
  expect_fault(with_prefix_crc(huge), PacketFault::metadata_too_large);
  const std::string longer = with_prefix_crc(with_bytes(bytes, 21, "\x7f"));
  expect_fault(longer, PacketFault::short_metadata);
  expect_fault(longer + std::string(200, 'x'), PacketFault::bad_metadata_crc);
  expect_fault(packet_with_metadata(""), PacketFault::bad_metadata);
}

TEST(PacketHeader, MetadataSizeIsLimitedExactly) {
  const auto prefix = [](std::uint64_t size) {
    const auto bytes = encode_packet_prefix({.metadata_size = size, .metadata_crc = 1});
    return std::string(bytes.data(), bytes.size());
  };
  EXPECT_EQ(std::get<PacketPrefix>(decode_packet_prefix(prefix(kMaxMetadataSize) + "more")),
            (PacketPrefix{kMaxMetadataSize, 1}));
  expect_fault(prefix(kMaxMetadataSize), PacketFault::short_metadata);
  expect_fault(prefix(kMaxMetadataSize + 1), PacketFault::metadata_too_large);
  const PacketPrefix forged{.metadata_size = UINT64_MAX, .metadata_crc = 0};
  EXPECT_EQ(std::get<PacketFault>(decode_packet_metadata(forged, "")),
            PacketFault::metadata_too_large);
}

TEST(PacketHeader, WhatIsTooLargeToReadIsNotWritten) {
  PacketHeader header = sample();
  const std::size_t overhead = encode_packet_header(header).size() - kPacketPrefixSize + 4;
  header.parameters = {std::string(kMaxMetadataSize - overhead + 1, 'x')};
  EXPECT_EQ(encode_packet_header(header).size(), kPacketPrefixSize + kMaxMetadataSize);
  header.parameters[0] += 'x';
  EXPECT_THROW(encode_packet_header(header), Error);
  header.parameters[0].assign(kMaxMetadataSize / 2 + 1, '\xff');  // two bytes each
  EXPECT_THROW(encode_packet_header(header), Error);
}

TEST(PacketHeader, TheNumberOfStringsIsLimited) {
  constexpr std::size_t kMost = std::size_t{1} << 20;
  PacketHeader header;
  header.parameters.resize(kMost - 2);
  header.variables.resize(1);
  expect_round_trip(header);
  header.parameters.resize(kMost - 1);
  EXPECT_THROW(encode_packet_header(header), Error);
  const std::string before = hex_bytes("83") + text("seq") + hex_bytes("01") + text("ctime") +
                             hex_bytes("92 00 00") + text("cmd_type") + hex_bytes("81") +
                             text("Command") + hex_bytes("92");
  const std::string params = hex_bytes("dd00100000") + std::string(kMost, '\x90');
  EXPECT_TRUE(std::holds_alternative<PacketHeader>(
      decode_packet_header(packet_with_metadata(before + params + hex_bytes("90")))));
  expect_fault(packet_with_metadata(before + params + hex_bytes("91 92 90 90")),
               PacketFault::bad_metadata);
}

TEST(PacketHeader, EveryFaultHasAClause) {
  for (int fault = 0; fault <= static_cast<int>(PacketFault::bad_metadata); ++fault) {
    EXPECT_GT(describe(static_cast<PacketFault>(fault)).size(), 20u);
  }
}

}  // namespace
}  // namespace bobbin
