// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "packet/msgpack_reader.h"
#include "packet/msgpack_writer.h"
#include "packet/test_bytes.h"

namespace bobbin {
namespace {

template <typename Write>
std::string written(Write write) {
  std::string bytes;
  MsgpackWriter writer(bytes);
  write(writer);
  return bytes;
}

bool skips_all(const std::string& bytes, std::size_t max_depth = 100) {
  MsgpackReader reader(bytes);
  return reader.skip_value(max_depth) && reader.next_kind() == MsgpackKind::end;
}

std::string repeated(const std::string& bytes, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += bytes;
  return all;
}

TEST(Msgpack, UnsignedIntegersAreAsShortAsTheyGet) {
  const std::vector<std::pair<std::uint64_t, std::string>> cases{
      {0, "00"},
      {127, "7f"},
      {128, "cc80"},
      {255, "ccff"},
      {256, "cd0100"},
      {65535, "cdffff"},
      {65536, "ce00010000"},
      {4294967295, "ceffffffff"},
      {4294967296, "cf0000000100000000"},
      {UINT64_MAX, "cfffffffffffffffff"}};
  for (const auto& [value, hex] : cases) {
    const std::string bytes =
        written([number = value](MsgpackWriter& w) { w.write_unsigned(number); });
    EXPECT_EQ(bytes, hex_bytes(hex)) << value;
    EXPECT_EQ(MsgpackReader(bytes).read_unsigned(UINT64_MAX), value);
    EXPECT_TRUE(skips_all(bytes)) << value;
  }
}

TEST(Msgpack, SignedIntegersAreAsShortAsTheyGet) {
  const std::vector<std::pair<std::int64_t, std::string>> cases{
      {0, "00"},
      {INT64_MAX, "cf7fffffffffffffff"},
      {-1, "ff"},
      {-32, "e0"},
      {-33, "d0df"},
      {-128, "d080"},
      {-129, "d1ff7f"},
      {-32768, "d18000"},
      {-32769, "d2ffff7fff"},
      {INT32_MIN, "d280000000"},
      {std::int64_t{INT32_MIN} - 1, "d3ffffffff7fffffff"},
      {INT64_MIN, "d38000000000000000"}};
  for (const auto& [value, hex] : cases) {
    const std::string bytes =
        written([number = value](MsgpackWriter& w) { w.write_signed(number); });
    EXPECT_EQ(bytes, hex_bytes(hex)) << value;
    EXPECT_EQ(MsgpackReader(bytes).read_signed(), value);
    EXPECT_TRUE(skips_all(bytes)) << value;
  }
}

TEST(Msgpack, IntegersAreReadFromAnyWidth) {
  for (const char* hex : {"07", "cc07", "cd0007", "ce00000007", "cf0000000000000007", "d007",
                          "d10007", "d200000007", "d30000000000000007"}) {
    EXPECT_EQ(MsgpackReader(hex_bytes(hex)).read_unsigned(7), 7u) << hex;
    EXPECT_EQ(MsgpackReader(hex_bytes(hex)).read_unsigned(6), std::nullopt) << hex;
    EXPECT_EQ(MsgpackReader(hex_bytes(hex)).read_signed(), 7) << hex;
  }
  for (const char* hex : {"ff", "d0ff", "d1ffff", "d2ffffffff", "d3ffffffffffffffff"}) {
    EXPECT_EQ(MsgpackReader(hex_bytes(hex)).read_unsigned(UINT64_MAX), std::nullopt) << hex;
    EXPECT_EQ(MsgpackReader(hex_bytes(hex)).read_signed(), -1) << hex;
  }
  EXPECT_EQ(MsgpackReader(hex_bytes("cf8000000000000000")).read_signed(), std::nullopt);
  for (const char* hex : {"", "c0", "a137", "90", "ca40000000", "cc", "cf00000000000000"}) {
    EXPECT_EQ(MsgpackReader(hex_bytes(hex)).read_unsigned(UINT64_MAX), std::nullopt) << hex;
  }
}

TEST(Msgpack, ArrayHeadersAreAsShortAsTheyGet) {
  const auto header = [](std::size_t count) {
    return written([&](MsgpackWriter& w) { w.write_array_header(count); });
  };
  EXPECT_EQ(header(15), hex_bytes("9f"));
  EXPECT_EQ(header(16), hex_bytes("dc0010"));
  EXPECT_EQ(header(65535), hex_bytes("dcffff"));
  EXPECT_EQ(header(65536), hex_bytes("dd00010000"));
  EXPECT_EQ(written([](MsgpackWriter& w) { w.write_map_header(3); }), hex_bytes("83"));
  EXPECT_EQ(written([](MsgpackWriter& w) { w.write_map_header(16); }), hex_bytes("de0010"));
  EXPECT_EQ(written([](MsgpackWriter& w) { w.write_map_header(65536); }), hex_bytes("df00010000"));
}

TEST(Msgpack, CountsBeyondTheDataAreNotBelieved) {
  EXPECT_EQ(MsgpackReader(hex_bytes("92 00 00")).read_array_header(), 2u);
  EXPECT_EQ(MsgpackReader(hex_bytes("92 00")).read_array_header(), std::nullopt);
  EXPECT_EQ(MsgpackReader(hex_bytes("ddffffffff 00")).read_array_header(), std::nullopt);
  EXPECT_EQ(MsgpackReader(hex_bytes("81 00 00")).read_map_header(), 1u);
  EXPECT_EQ(MsgpackReader(hex_bytes("81 00")).read_map_header(), std::nullopt);
  EXPECT_EQ(MsgpackReader(hex_bytes("dfffffffff 00")).read_map_header(), std::nullopt);
  std::string octets;
  EXPECT_FALSE(MsgpackReader(hex_bytes("ddffffffff 41")).read_octets(octets));
  EXPECT_LT(octets.capacity(), 100u);
}

TEST(Msgpack, OctetsAreArraysOfIntegers) {
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
  for (const std::string& octets : {std::string(), std::string("a"), all, repeated(all, 300)}) {
    const std::string bytes = written([&](MsgpackWriter& w) { w.write_octets(octets); });
    std::string read = "x";
    EXPECT_TRUE(MsgpackReader(bytes).read_octets(read));
    EXPECT_EQ(read, octets);
    EXPECT_TRUE(skips_all(bytes));
  }
  EXPECT_EQ(written([](MsgpackWriter& w) { w.write_octets("a\xff"); }), hex_bytes("92 61 ccff"));
}

TEST(Msgpack, EveryTypeCanBeSkipped) {
  for (const char* hex : {"c0",
                          "c2",
                          "c3",
                          "ca00000000",
                          "cb0000000000000000",
                          "a0",
                          "a2fffe",
                          "d90141",
                          "da000141",
                          "db0000000141",
                          "c40141",
                          "c5000141",
                          "c60000000141",
                          "90",
                          "93010203",
                          "dc000101",
                          "dd0000000101",
                          "80",
                          "810102",
                          "de00010102",
                          "df000000010102",
                          "d40101",
                          "d5010101",
                          "d60100000000",
                          "d7010000000000000000",
                          "d80100000000000000000000000000000000",
                          "c70001",
                          "c7010101",
                          "c8000101 01",
                          "c90000000101 01",
                          "92 81 01 91 c0 80"}) {
    const std::string bytes = hex_bytes(hex);
    EXPECT_TRUE(skips_all(bytes)) << hex;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(MsgpackReader(std::string_view(bytes).substr(0, size)).skip_value(100))
          << hex << " cut to " << size;
    }
  }
  EXPECT_FALSE(skips_all(hex_bytes("c1")));
  EXPECT_FALSE(skips_all(hex_bytes("92 00 c1")));
  EXPECT_FALSE(skips_all(hex_bytes("dbff000001 41")));
  EXPECT_FALSE(skips_all(hex_bytes("c9ffffffff 01 41")));
}

TEST(Msgpack, SkippingHasADepthLimit) {
  const std::string array = hex_bytes("91");
  const std::string map = hex_bytes("8101");
  for (const std::string& container : {array, map}) {
    EXPECT_TRUE(skips_all(repeated(container, 100) + "\x01"));
    EXPECT_FALSE(skips_all(repeated(container, 101) + "\x01"));
    EXPECT_FALSE(skips_all(repeated(container, 100) + "\x90"));
    EXPECT_FALSE(skips_all(repeated(container, 100) + hex_bytes("d40101")));
  }
  EXPECT_TRUE(skips_all("\x01", 0));
  EXPECT_FALSE(skips_all("\x90", 0));
  EXPECT_TRUE(skips_all(repeated(array, MsgpackReader::kMaxSkipDepth) + "\x01", SIZE_MAX));
  EXPECT_FALSE(skips_all(repeated(array, MsgpackReader::kMaxSkipDepth + 1) + "\x01", SIZE_MAX));
}

}  // namespace
}  // namespace bobbin
