// SPDX-License-Identifier: Apache-2.0
// Packets written or judged by Filespooler 1.2.2 itself: what each of tests/conformance/vectors
// decodes to, shows and encodes to is what the file beside it says.
#include <bobbin/error.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "packet/creation_time.h"
#include "packet/test_bytes.h"
#include "packet/variables.h"

namespace bobbin {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string info_text(const PacketHeader& header) {
  std::string text;
  for (const auto& [name, value] : packet_variables(header, std::nullopt)) {
    text += name + '=' + value + '\n';
  }
  return text;
}

void expect_fields(const PacketHeader& header, const json& facts) {
  EXPECT_EQ(header.sequence, facts.at("seq").get<std::uint64_t>());
  EXPECT_EQ(header.created.seconds, facts.at("ctime_secs").get<std::int64_t>());
  EXPECT_EQ(header.created.nanoseconds, facts.at("ctime_nanos").get<std::uint32_t>());
  const std::map<std::string, PacketKind> kinds{
      {"Command", PacketKind::command}, {"NOP", PacketKind::nop}, {"Fail", PacketKind::fail}};
  EXPECT_EQ(header.kind, kinds.at(facts.at("type").get<std::string>()));
  if (header.kind != PacketKind::command) return;
  std::vector<std::string> parameters;
  for (const auto& hex : facts.at("params_hex")) {
    parameters.push_back(hex_bytes(hex.get<std::string>()));
  }
  EXPECT_EQ(header.parameters, parameters);
  std::vector<PacketVariable> variables;
  for (const auto& pair : facts.at("env_hex")) {
    variables.push_back(
        {hex_bytes(pair[0].get<std::string>()), hex_bytes(pair[1].get<std::string>())});
  }
  EXPECT_EQ(header.variables, variables);
}

void expect_valid(const std::string& packet, const json& facts) {
  const auto result = decode_packet_header(packet);
  const auto* header = std::get_if<PacketHeader>(&result);
  ASSERT_NE(header, nullptr) << describe(std::get<PacketFault>(result));
  const std::size_t payload_at = facts.at("payload_offset").get<std::size_t>();
  EXPECT_EQ(std::get<PacketPrefix>(decode_packet_prefix(packet)).metadata_size,
            payload_at - kPacketPrefixSize);
  EXPECT_EQ(info_text(*header), hex_bytes(facts.at("stdin_info_utc_hex").get<std::string>()));
  const bool is_canonical = facts.at("canonical").get<bool>();
  EXPECT_EQ(encode_packet_header(*header) == packet.substr(0, payload_at), is_canonical);
  if (is_canonical) expect_fields(*header, facts);
}

void expect_invalid(const std::string& packet, const std::string& error_class) {
  const std::map<std::string, PacketFault> faults{
      {"short_prefix", PacketFault::short_prefix},
      {"bad_tag", PacketFault::bad_tag},
      {"bad_version", PacketFault::bad_version},
      {"bad_prefix_crc", PacketFault::bad_prefix_crc},
      {"huge_meta_len", PacketFault::metadata_too_large},
      {"short_meta", PacketFault::short_metadata},
      {"bad_meta_crc", PacketFault::bad_metadata_crc},
      {"bad_meta_decode", PacketFault::bad_metadata}};
  const auto result = decode_packet_header(packet);
  if (error_class == "ctime_out_of_range") {
    const auto* header = std::get_if<PacketHeader>(&result);
    ASSERT_NE(header, nullptr);
    EXPECT_FALSE(is_representable(header->created));
    EXPECT_THROW(packet_variables(*header, std::nullopt), Error);
    return;
  }
  const auto* fault = std::get_if<PacketFault>(&result);
  ASSERT_NE(fault, nullptr);
  EXPECT_EQ(*fault, faults.at(error_class));
}

TEST(Vectors, AreReadAndWrittenAsTheOriginalDoes) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  std::size_t count = 0;
  const fs::path directory = fs::path(BOBBIN_SOURCE_DIR) / "tests/conformance/vectors";
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() != ".fspl") continue;
    SCOPED_TRACE(entry.path().filename().string());
    const std::string packet = content_of(entry.path());
    const json facts = json::parse(content_of(fs::path(entry.path()).replace_extension(".json")));
    if (facts.at("valid").get<bool>()) {
      expect_valid(packet, facts);
    } else {
      expect_invalid(packet, facts.at("error_class").get<std::string>());
    }
    ++count;
  }
  EXPECT_EQ(count, 85u);
}

}  // namespace
}  // namespace bobbin
