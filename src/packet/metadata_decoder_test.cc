// SPDX-License-Identifier: Apache-2.0
// What the original reader accepts beyond the canonical form, and what it refuses; each line was
// tried on Filespooler 1.2.2.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "packet/test_bytes.h"

namespace bobbin {
namespace {

using Cases = std::vector<std::pair<const char*, std::string>>;

const std::string kSequence = text("seq") + hex_bytes("07");
const std::string kCreated = text("ctime") + hex_bytes("92 ce6553f100 05");
const std::string kNop = text("cmd_type") + text("NOP");
const std::string kCommandBody = hex_bytes("82") + text("params") + hex_bytes("91 91 70") +
                                 text("env") + hex_bytes("91 92 91 45 91 76");
const std::string kCommand = text("cmd_type") + hex_bytes("81") + text("Command") + kCommandBody;

std::string map_of(unsigned count, const std::string& fields) {
  return std::string(1, static_cast<char>(0x80 | count)) + fields;
}
std::string of_kind(const std::string& kind) {
  return map_of(3, kSequence + kCreated + text("cmd_type") + kind);
}
std::string of_body(const std::string& body) {
  return of_kind(hex_bytes("81") + text("Command") + body);
}
std::string of_parameters(const std::string& parameters) {
  return of_body(map_of(2, text("params") + parameters + text("env") + hex_bytes("90")));
}
std::string of_variables(const std::string& variables) {
  return of_body(map_of(2, text("params") + hex_bytes("90") + text("env") + variables));
}
std::string of_created(const std::string& created) {
  return map_of(3, kSequence + text("ctime") + created + kNop);
}
std::string of_sequence(const std::string& sequence) {
  return map_of(3, text("seq") + sequence + kCreated + kNop);
}
std::string with_unknown(const std::string& value) {
  return map_of(4, text("x") + value + kSequence + kCreated + kCommand);
}
std::string nested(std::size_t arrays) { return std::string(arrays, '\x91') + '\xc0'; }

PacketHeader expected_command() {
  return {
      .sequence = 7, .created = {1700000000, 5}, .parameters = {"p"}, .variables = {{"E", "v"}}};
}

PacketHeader expected_of_kind(PacketKind kind) {
  PacketHeader header = expected_command();
  header.kind = kind;
  header.parameters.clear();
  header.variables.clear();
  return header;
}

void expect_all(const Cases& cases, const PacketHeader& expected) {
  for (const auto& [name, metadata] : cases) {
    const auto result = decode_packet_header(packet_with_metadata(metadata));
    const auto* header = std::get_if<PacketHeader>(&result);
    ASSERT_NE(header, nullptr) << name;
    EXPECT_EQ(*header, expected) << name;
  }
}

void expect_refused(const Cases& cases) {
  for (const auto& [name, metadata] : cases) {
    const auto result = decode_packet_header(packet_with_metadata(metadata));
    const auto* fault = std::get_if<PacketFault>(&result);
    ASSERT_NE(fault, nullptr) << name;
    EXPECT_EQ(*fault, PacketFault::bad_metadata) << name;
  }
}

TEST(MetadataDecoder, AcceptsTheHeaderInManyShapes) {
  const std::string fields = kSequence + kCreated + kCommand;
  expect_all(
      {{"canonical", map_of(3, fields)},
       {"reordered", map_of(3, kCommand + kCreated + kSequence)},
       {"trailing bytes", map_of(3, fields) + hex_bytes("c0") + "junk"},
       {"trailing reserved bytes", map_of(3, fields) + hex_bytes("c1c1")},
       {"map16", hex_bytes("de0003") + fields},
       {"map32", hex_bytes("df00000003") + fields},
       {"array", hex_bytes("93 07 92ce6553f10005 81") + text("Command") + kCommandBody},
       {"array16", hex_bytes("dc0003 07 92ce6553f10005 8100") + kCommandBody},
       {"str8 name", map_of(3, hex_bytes("d903") + "seq" + hex_bytes("07") + kCreated + kCommand)},
       {"bin name", map_of(3, hex_bytes("c403") + "seq" + hex_bytes("07") + kCreated + kCommand)},
       {"names as positions",
        hex_bytes("83 00 07 01 92ce6553f10005 02 81") + text("Command") + kCommandBody},
       {"positions of any unsigned width",
        hex_bytes("83 cc00 07 cd0001 92ce6553f10005 cf0000000000000002 81 ce00000000") +
            kCommandBody}},
      expected_command());
}

TEST(MetadataDecoder, AcceptsIntegersOfAnyWidth) {
  const PacketHeader nop = expected_of_kind(PacketKind::nop);
  expect_all({{"u8", of_sequence(hex_bytes("cc07"))},
              {"u16", of_sequence(hex_bytes("cd0007"))},
              {"u32", of_sequence(hex_bytes("ce00000007"))},
              {"u64", of_sequence(hex_bytes("cf0000000000000007"))},
              {"i8", of_sequence(hex_bytes("d007"))},
              {"i64", of_sequence(hex_bytes("d30000000000000007"))},
              {"wide ctime", of_created(hex_bytes("92 d3000000006553f100 d30000000000000005"))},
              {"ctime array32", of_created(hex_bytes("dd00000002 ce6553f100 05"))}},
             nop);
  PacketHeader odd = nop;
  odd.created = {INT64_MAX, UINT32_MAX};
  expect_all({{"largest ctime", of_created(hex_bytes("92 cf7fffffffffffffff ceffffffff"))}}, odd);
  odd.created = {INT64_MIN, 0};
  expect_all({{"least ctime", of_created(hex_bytes("92 d38000000000000000 00"))}}, odd);
}

TEST(MetadataDecoder, AcceptsKindsInManyShapes) {
  PacketHeader expected = expected_of_kind(PacketKind::nop);
  expect_all({{"name", of_kind(text("NOP"))},
              {"str8 name", of_kind(hex_bytes("d903") + "NOP")},
              {"bin name", of_kind(hex_bytes("c403") + "NOP")},
              {"position", of_kind(hex_bytes("01"))},
              {"u8 position", of_kind(hex_bytes("cc01"))},
              {"map to nil", of_kind(hex_bytes("81") + text("NOP") + hex_bytes("c0"))},
              {"map16 to nil", of_kind(hex_bytes("de0001") + text("NOP") + hex_bytes("c0"))},
              {"map of position", of_kind(hex_bytes("81 01 c0"))}},
             expected);
  expected.kind = PacketKind::fail;
  expect_all({{"name", of_kind(text("Fail"))},
              {"position", of_kind(hex_bytes("02"))},
              {"map to nil", of_kind(hex_bytes("81") + text("Fail") + hex_bytes("c0"))}},
             expected);
}

TEST(MetadataDecoder, AcceptsCommandsInManyShapes) {
  const std::string params = text("params") + hex_bytes("91 91 70");
  const std::string env = text("env") + hex_bytes("91 92 91 45 91 76");
  expect_all({{"array", of_body(hex_bytes("92 91 91 70 91 92 91 45 91 76"))},
              {"reordered", of_body(map_of(2, env + params))},
              {"unknown field", of_body(map_of(3, params + env + text("foo") + hex_bytes("01")))},
              {"names as positions", of_body(hex_bytes("82 01 91929145 9176 00 919170"))},
              {"wide octets", of_body(map_of(2, text("params") + hex_bytes("91 91 cd0070") + env))},
              {"signed octets", of_body(map_of(2, text("params") + hex_bytes("91 91 d070") + env))},
              {"wide arrays",
               of_body(map_of(2, text("params") + hex_bytes("dc0001 dd00000001 70") + text("env") +
                                     hex_bytes("dd00000001 dc0002 9145 9176")))}},
             expected_command());
}

TEST(MetadataDecoder, SkipsUnknownFields) {
  const std::string known = kSequence + kCreated + kCommand;
  expect_all({{"nested", with_unknown(hex_bytes("92 01 81 a161 cb0000000000000000"))},
              {"extension", with_unknown(hex_bytes("d40101"))},
              {"last", map_of(4, known + text("xyz") + hex_bytes("01"))},
              {"name not UTF-8", map_of(4, hex_bytes("a2fffe 07") + known)},
              {"binary name", map_of(4, hex_bytes("c402fffe 07") + known)},
              {"position", map_of(4, hex_bytes("03 07") + known)},
              {"large position", map_of(4, hex_bytes("cfffffffffffffffff 07") + known)},
              {"repeated", map_of(5, text("x") + "\x01" + text("x") + "\x01" + known)},
              {"as deep as it may be", with_unknown(nested(1022))},
              {"in a command, as deep as it may be",
               of_body(map_of(3, text("x") + nested(1021) + kCommandBody.substr(1)))}},
             expected_command());
  expect_refused({{"too deep", with_unknown(nested(1023))},
                  {"in a command, too deep",
                   of_body(map_of(3, text("x") + nested(1022) + kCommandBody.substr(1)))},
                  {"reserved", with_unknown(hex_bytes("c1"))},
                  {"huge string", with_unknown(hex_bytes("dbff000001"))},
                  {"huge array", with_unknown(hex_bytes("ddffffffff"))},
                  {"no value", map_of(4, known + text("xyz"))}});
}

TEST(MetadataDecoder, RefusesOtherHeaders) {
  const std::string fields = kSequence + kCreated + kNop;
  expect_refused({{"nothing", ""},
                  {"nil", hex_bytes("c0")},
                  {"binary", hex_bytes("c41e") + map_of(3, fields)},
                  {"no seq", map_of(2, kCreated + kNop)},
                  {"no ctime", map_of(2, kSequence + kNop)},
                  {"no type", map_of(2, kSequence + kCreated)},
                  {"two seq", map_of(4, kSequence + kSequence + kCreated + kNop)},
                  {"two seq, one by position", map_of(4, hex_bytes("00 07") + fields)},
                  {"two ctime", map_of(4, fields + kCreated)},
                  {"two types", map_of(4, fields + kNop)},
                  {"short array", hex_bytes("92 07 92 01 01")},
                  {"long array", hex_bytes("94 07 92 01 01") + text("NOP") + hex_bytes("01")},
                  {"count too big", map_of(4, fields)},
                  {"count too small", map_of(2, fields)},
                  {"huge count", hex_bytes("dfffffffff") + fields},
                  {"name nil", map_of(4, hex_bytes("c0 07") + fields)},
                  {"name boolean", map_of(4, hex_bytes("c3 07") + fields)},
                  {"name float", map_of(4, hex_bytes("ca00000000 07") + fields)},
                  {"name array", map_of(4, hex_bytes("90 07") + fields)},
                  {"name map", map_of(4, hex_bytes("80 07") + fields)},
                  {"name extension", map_of(4, hex_bytes("d40101 07") + fields)},
                  {"name negative", map_of(4, hex_bytes("ff 07") + fields)},
                  {"name signed", hex_bytes("83 d000 07") + kCreated + kNop},
                  {"name reserved", map_of(4, hex_bytes("c1 07") + fields)}});
}

TEST(MetadataDecoder, RefusesOtherValues) {
  expect_refused({{"seq negative", of_sequence(hex_bytes("ff"))},
                  {"seq float", of_sequence(hex_bytes("cb401c000000000000"))},
                  {"seq text", of_sequence(hex_bytes("a137"))},
                  {"seq nil", of_sequence(hex_bytes("c0"))},
                  {"ctime of 1", of_created(hex_bytes("91 01"))},
                  {"ctime of 3", of_created(hex_bytes("93 01 01 01"))},
                  {"ctime map", of_created(hex_bytes("81 01 01"))},
                  {"ctime binary", of_created(hex_bytes("c4020101"))},
                  {"ctime text", of_created(hex_bytes("a20101"))},
                  {"ctime extension", of_created(hex_bytes("d5010101"))},
                  {"seconds 2^63", of_created(hex_bytes("92 cf8000000000000000 01"))},
                  {"seconds 2^64-1", of_created(hex_bytes("92 cfffffffffffffffff 01"))},
                  {"nanoseconds 2^32", of_created(hex_bytes("92 01 cf0000000100000000"))},
                  {"nanoseconds negative", of_created(hex_bytes("92 01 ff"))}});
}

TEST(MetadataDecoder, RefusesOtherKinds) {
  expect_refused({{"lower case", of_kind(text("nop"))},
                  {"command without body", of_kind(text("Command"))},
                  {"command without body, by position", of_kind(hex_bytes("00"))},
                  {"unknown", of_kind(text("Other"))},
                  {"unknown position", of_kind(hex_bytes("03"))},
                  {"signed position", of_kind(hex_bytes("d001"))},
                  {"signed position in a map", of_kind(hex_bytes("81 d001 c0"))},
                  {"nil", of_kind(hex_bytes("c0"))},
                  {"map to integer", of_kind(hex_bytes("81") + text("NOP") + hex_bytes("05"))},
                  {"map to array", of_kind(hex_bytes("81") + text("NOP") + hex_bytes("90"))},
                  {"empty map", of_kind(hex_bytes("80"))},
                  {"map of 2", of_kind(hex_bytes("82") + text("Command") + kCommandBody +
                                       text("NOP") + hex_bytes("c0"))},
                  {"map of 2 kinds without body", of_kind(hex_bytes("82a34e4f50c0a34e4f50c0"))},
                  {"array", of_kind(hex_bytes("92") + text("Command") + kCommandBody)}});
}

TEST(MetadataDecoder, RefusesOtherCommands) {
  const std::string none = hex_bytes("90");
  expect_refused(
      {{"no env", of_body(map_of(1, text("params") + none))},
       {"no params", of_body(map_of(1, text("env") + none))},
       {"two params", of_body(map_of(3, text("params") + none + kCommandBody.substr(1)))},
       {"array of 1", of_body(hex_bytes("91 90"))},
       {"array of 3", of_body(hex_bytes("93 90 90 90"))},
       {"body nil", of_body(hex_bytes("c0"))},
       {"params nil", of_parameters(hex_bytes("c0"))},
       {"params map", of_parameters(hex_bytes("80"))},
       {"params text", of_parameters(hex_bytes("a141"))},
       {"params binary", of_parameters(hex_bytes("c40141"))},
       {"params huge count", of_parameters(hex_bytes("ddffffffff"))},
       {"parameter text", of_parameters(hex_bytes("91 a3686579"))},
       {"parameter binary", of_parameters(hex_bytes("91 c403686579"))},
       {"parameter extension", of_parameters(hex_bytes("91 d40141"))},
       {"parameter huge count", of_parameters(hex_bytes("91 ddffffffff"))},
       {"octet 256", of_parameters(hex_bytes("91 91 cd0100"))},
       {"octet negative", of_parameters(hex_bytes("91 91 ff"))},
       {"octet float", of_parameters(hex_bytes("91 91 ca00000000"))},
       {"octet text", of_parameters(hex_bytes("91 91 a141"))},
       {"env map", of_variables(hex_bytes("81 91 45 91 76"))},
       {"env empty map", of_variables(hex_bytes("80"))},
       {"env nil", of_variables(hex_bytes("c0"))},
       {"variable of 3", of_variables(hex_bytes("91 93 91 45 91 76 90"))},
       {"variable of 1", of_variables(hex_bytes("91 91 91 45"))},
       {"variable of texts", of_variables(hex_bytes("91 92 a145 a176"))},
       {"variable text", of_variables(hex_bytes("91 a24142"))},
       {"variable map", of_variables(hex_bytes("91 82 00 00 00 00"))},
       {"variable nil", of_variables(hex_bytes("91 c0"))}});
}

TEST(MetadataDecoder, RefusesMetadataCutAnywhere) {
  const std::string metadata = map_of(3, kSequence + kCreated + kCommand);
  Cases cases;
  for (std::size_t size = 0; size < metadata.size(); ++size) {
    cases.emplace_back("cut", metadata.substr(0, size));
  }
  expect_refused(cases);
}

}  // namespace
}  // namespace bobbin
