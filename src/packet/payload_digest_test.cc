// SPDX-License-Identifier: Apache-2.0
#include "packet/payload_digest.h"

#include <gtest/gtest.h>

namespace bobbin {
namespace {

const std::string kHex = "00017f80feff" + std::string(52, 'a');

PacketHeader claiming(std::vector<PacketVariable> variables) {
  PacketHeader header;
  header.variables = std::move(variables);
  return header;
}

bool is_malformed(const PacketHeader& header) {
  const auto found = find_digest(header);
  const auto* malformed = std::get_if<MalformedDigest>(&found);
  return malformed != nullptr && !malformed->reason.empty();
}

TEST(PayloadDigest, TravelsAsTwoVariables) {
  PayloadDigest digest{.size = 18446744073709551615u};
  digest.sha256.fill(0xaa);
  digest.sha256[0] = 0x00;
  digest.sha256[1] = 0x01;
  digest.sha256[2] = 0x7f;
  digest.sha256[3] = 0x80;
  digest.sha256[4] = 0xfe;
  digest.sha256[5] = 0xff;
  PacketHeader header = claiming({{"A", "b"}});
  add_digest(header, digest);
  const std::vector<PacketVariable> expected{
      {"A", "b"}, {"BOBBIN_SIZE", "18446744073709551615"}, {"BOBBIN_SHA256", kHex}};
  EXPECT_EQ(header.variables, expected);
  EXPECT_EQ(std::get<PayloadDigest>(find_digest(header)), digest);
  digest.size = 0;
  add_digest(header, digest);
  EXPECT_EQ(header.variables.size(), 3u);
  EXPECT_EQ(std::get<PayloadDigest>(find_digest(header)), digest);
}

TEST(PayloadDigest, IsOptional) {
  EXPECT_TRUE(std::holds_alternative<std::monostate>(find_digest({})));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(
      find_digest(claiming({{"BOBBIN_SIZE_", "x"}, {"bobbin_sha256", "x"}}))));
}

TEST(PayloadDigest, NeedsBothHalvesOnce) {
  EXPECT_TRUE(is_malformed(claiming({{"BOBBIN_SIZE", "1"}})));
  EXPECT_TRUE(is_malformed(claiming({{"BOBBIN_SHA256", kHex}})));
  EXPECT_FALSE(is_malformed(claiming({{"BOBBIN_SHA256", kHex}, {"BOBBIN_SIZE", "1"}})));
  EXPECT_TRUE(is_malformed(
      claiming({{"BOBBIN_SIZE", "1"}, {"BOBBIN_SHA256", kHex}, {"BOBBIN_SIZE", "1"}})));
  EXPECT_TRUE(is_malformed(
      claiming({{"BOBBIN_SIZE", "1"}, {"BOBBIN_SHA256", kHex}, {"BOBBIN_SHA256", kHex}})));
}

TEST(PayloadDigest, HasOneSpelling) {
  for (const char* size :
       {"", "-1", "+1", "01", "1 ", " 1", "1.0", "0x1", "18446744073709551616"}) {
    EXPECT_TRUE(is_malformed(claiming({{"BOBBIN_SIZE", size}, {"BOBBIN_SHA256", kHex}}))) << size;
  }
  std::string upper = kHex;
  upper[63] = 'A';
  std::string other = kHex;
  other[10] = 'g';
  for (const std::string& hex :
       {std::string(), kHex.substr(1), kHex + "a", upper, other, std::string(64, ' ')}) {
    EXPECT_TRUE(is_malformed(claiming({{"BOBBIN_SIZE", "1"}, {"BOBBIN_SHA256", hex}}))) << hex;
  }
}

}  // namespace
}  // namespace bobbin
