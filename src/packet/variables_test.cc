// SPDX-License-Identifier: Apache-2.0
#include "packet/variables.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace bobbin {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

PacketHeader sample() {
  return {.sequence = 45,
          .created = {1651970311, 42},
          .kind = PacketKind::command,
          .parameters = {"hi", ""},
          .variables = {{"FOO", "bar"}, {"", "x"}, {"FOO", "again"}}};
}

void use_utc() {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

TEST(Variables, StandInTheOrderOfTheOriginal) {
  use_utc();
  const Pairs expected{{"FSPL_SEQ", "45"},
                       {"FSPL_CTIME_SECS", "1651970311"},
                       {"FSPL_CTIME_NANOS", "42"},
                       {"FSPL_CTIME_RFC3339_UTC", "2022-05-08T00:38:31Z"},
                       {"FSPL_CTIME_RFC3339_LOCAL", "2022-05-08T00:38:31+00:00"},
                       {"FSPL_JOB_FILENAME", "fspl-x.fspl"},
                       {"FSPL_JOB_QUEUEDIR", "q/"},
                       {"FSPL_JOB_FULLPATH", "q//jobs/fspl-x.fspl"},
                       {"FSPL_PARAM_1", "hi"},
                       {"FSPL_PARAM_2", ""},
                       {"FSPL_SET_FOO", "bar"},
                       {"FSPL_SET_", "x"},
                       {"FSPL_SET_FOO", "again"}};
  EXPECT_EQ(packet_variables(sample(), JobLocation{"fspl-x.fspl", "q/"}), expected);
}

TEST(Variables, OfAPacketWithoutAFileNameNoFile) {
  const auto variables = packet_variables(sample(), std::nullopt);
  ASSERT_EQ(variables.size(), 10u);
  EXPECT_EQ(variables[5].first, "FSPL_PARAM_1");
}

TEST(Variables, OfOtherKindsAreOnlyTheCommonOnes) {
  PacketHeader header = sample();
  header.kind = PacketKind::nop;
  EXPECT_EQ(packet_variables(header, std::nullopt).size(), 5u);
  EXPECT_EQ(packet_variables(header, JobLocation{"a", "b"}).size(), 8u);
}

TEST(Variables, OfATimeBeyondTheCalendarAreRefused) {
  PacketHeader header = sample();
  header.created.nanoseconds = 2000000000;
  try {
    packet_variables(header, JobLocation{"fspl-a b.fspl", "q"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_NE(std::string(error.what()).find("packet 45 \"fspl-a b.fspl\""), std::string::npos)
        << error.what();
  }
}

TEST(Variables, AllThatSpeakAboutAPacketAreKnown) {
  for (const char* name :
       {"FSPL_SEQ", "FSPL_CTIME_SECS", "FSPL_CTIME_NANOS", "FSPL_CTIME_RFC3339_UTC",
        "FSPL_CTIME_RFC3339_LOCAL", "FSPL_JOB_FILENAME", "FSPL_JOB_QUEUEDIR", "FSPL_JOB_FULLPATH",
        "FSPL_PARAM_1", "FSPL_PARAM_x", "FSPL_SET_", "FSPL_SET_A"}) {
    EXPECT_TRUE(is_packet_variable(name)) << name;
  }
  for (const char* name : {"", "PATH", "FSPL", "FSPL_", "FSPL_SEQUENCE", "FSPL_SET", "FSPL_SE",
                           "fspl_seq", "XFSPL_SEQ", "FSPL_LOG"}) {
    EXPECT_FALSE(is_packet_variable(name)) << name;
  }
  for (const auto& [name, value] : packet_variables(sample(), JobLocation{"a", "b"})) {
    EXPECT_TRUE(is_packet_variable(name)) << name;
  }
}

TEST(Variables, ToSendAreThoseWithThePrefixInTheirOrder) {
  const char* environment[] = {
      "PATH=/bin",   "FSPL_SET_Z=z",           "FSPL_SET_=noname", "FSPL_SET_A=b=c",
      "FSPL_SETX=1", "FSPL_SET_EMPTY=",        "FSPL_SET_NONE",    "FSPL_SET_Z=again",
      "FSPL_SEQ=1",  "FSPL_SET_BOBBIN_SIZE=1", "XFSPL_SET_A=1",    "FSPL_SET_BOBBIN_SHA256=00",
      nullptr};
  const std::vector<PacketVariable> expected{
      {"Z", "z"}, {"", "noname"}, {"A", "b=c"}, {"EMPTY", ""}, {"Z", "again"}};
  EXPECT_EQ(variables_to_send(environment), expected);
}

}  // namespace
}  // namespace bobbin
