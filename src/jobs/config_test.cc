// SPDX-License-Identifier: Apache-2.0
#include "jobs/config.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace bobbin {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

Config parsed(std::string_view json) { return parse_config(json, Config{}); }

// The message it is refused with; "" if it is not.
std::string refusal(std::string_view json) {
  try {
    parsed(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid);
    return error.what();
  }
  return "";
}

// No member has its default.
Config unusual() {
  Config config;
  config.max_retries = 7;
  config.max_job_count = 0;
  config.backoff_base = milliseconds(250);
  config.backoff_mult = 1.7;
  config.backoff_max = microseconds(315'359'999'999'999);
  config.backoff_jitter = 0.1;
  config.timeout = microseconds(1);
  config.stop_grace = hours(24);
  config.max_output = 1ull << 60;
  config.max_content = 1;
  config.max_pending = 999'999'999;
  config.min_free_space = (1ull << 60) - 1;
  config.retain_complete = hours(24 * 7);
  config.retain_failed = seconds(1);
  config.directory = "/srv/\"quoted\" \\ \xc3\xa4";
  config.environment = {{"A", ""}, {"_b2", "x=\n\t\x7f\xf0\x9f\x98\x80"}};
  config.clean_environment = true;
  return config;
}

TEST(ConfigKeys, AreOneForEachMember) {
  [[maybe_unused]] const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] = Config{};
  EXPECT_EQ(config_keys().size(), 17u) << "as many as there are names in the line above";
  std::set<std::string_view> names;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_FALSE(key.meaning.empty()) << key.name;
  }
}

TEST(ConfigKeys, SayWhatTheyTake) {
  const auto allowed = [](std::string_view name) {
    for (const ConfigKey& key : config_keys()) {
      if (key.name == name) return allowed_values(key);
    }
    return std::string("no such key");
  };
  EXPECT_EQ(allowed("max_job_count"), "a whole number from 0 to 10000");
  EXPECT_EQ(allowed("max_content"), "a whole number of bytes from 1 to 1073741824");
  EXPECT_EQ(allowed("stop_grace"), "a number of seconds from 0 to 86400");
  EXPECT_EQ(allowed("backoff_jitter"), "a number from 0 to 1");
  EXPECT_EQ(allowed("clean_environment"), "true or false");
  EXPECT_EQ(allowed("directory"), "an absolute path of at most 4095 bytes, or \"\"");
}

TEST(DefaultConfig, RunsOneJobACpu) {
  EXPECT_EQ(default_config(4).max_job_count, 4u);
  EXPECT_EQ(default_config(0).max_job_count, 1u);
  EXPECT_EQ(default_config(1'000'000).max_job_count, 10'000u);
  Config same = default_config(4);
  same.max_job_count = Config{}.max_job_count;
  EXPECT_EQ(same, Config{});
}

TEST(RenderConfig, PutsEachKeyOnALineInTheOrderOfTheTable) {
  EXPECT_EQ(render_config(default_config(2)), R"({
  "max_retries": 3,
  "max_job_count": 2,
  "backoff_base": 1,
  "backoff_mult": 2,
  "backoff_max": 86400,
  "backoff_jitter": 0,
  "timeout": 0,
  "stop_grace": 10,
  "max_output": 0,
  "max_content": 1048576,
  "max_pending": 0,
  "min_free_space": 0,
  "retain_complete": 0,
  "retain_failed": 0,
  "directory": "",
  "environment": {},
  "clean_environment": false
}
)");
  EXPECT_NE(render_config(unusual()).find("\"backoff_base\": 0.25,\n"), std::string::npos);
}

TEST(Config, IsReadAsItWasWritten) {
  EXPECT_EQ(parsed(render_config(unusual())), unusual());
  EXPECT_EQ(parse_config(render_config(Config{}), unusual()), Config{});
}

TEST(Config, TimesAreReadAsTheyWereWritten) {
  for (std::int64_t time = 1; time <= 315'360'000'000'000; time = time * 3 + 1) {
    for (const std::int64_t count : {time - 1, time, 315'360'000'000'000 - time}) {
      Config config;
      config.retain_failed = microseconds(count);
      ASSERT_EQ(parsed(render_config(config)).retain_failed, microseconds(count));
    }
  }
}

TEST(ParseConfig, KeepsWhatIsNotGiven) {
  EXPECT_EQ(parse_config("{}", unusual()), unusual());
  Config expected = unusual();
  expected.max_retries = 0;
  expected.environment = {{"B", "2"}};
  EXPECT_EQ(parse_config(R"({"environment": {"B": "2"}, "max_retries": 0})", unusual()), expected);
}

TEST(ParseConfig, TakesTimesInSecondsWithFractions) {
  EXPECT_EQ(parsed(R"({"timeout": 90})").timeout, seconds(90));
  EXPECT_EQ(parsed(R"({"timeout": 0.25})").timeout, milliseconds(250));
  EXPECT_EQ(parsed(R"({"timeout": 1.1})").timeout, milliseconds(1100));
  EXPECT_EQ(parsed(R"({"timeout": 1e2})").timeout, seconds(100));
  EXPECT_EQ(parsed(R"({"timeout": -0.0})").timeout, seconds(0));
  EXPECT_EQ(parsed(R"({"timeout": 315360000})").timeout, hours(24 * 3650));
}

TEST(ParseConfig, NeverTakesAVeryShortTimeForNone) {
  EXPECT_EQ(parsed(R"({"timeout": 1e-9})").timeout, microseconds(1));
  EXPECT_EQ(parsed(R"({"timeout": 4e-320})").timeout, microseconds(1));
}

TEST(ParseConfig, TakesBothEndsOfEveryRangeAndNothingBeyond) {
  for (const ConfigKey& key : config_keys()) {
    if (key.most == 0) continue;
    const auto with = [&](const std::string& value) {
      return "{\"" + std::string(key.name) + "\": " + value + "}";
    };
    EXPECT_EQ(refusal(with(std::to_string(key.least))), "");
    EXPECT_EQ(refusal(with(std::to_string(key.most))), "");
    const std::string beyond = std::to_string(key.most + 1);
    EXPECT_EQ(refusal(with(beyond)),
              std::string(key.name) + " must be " + allowed_values(key) + ", not " + beyond);
    EXPECT_NE(refusal(with("18446744073709551616")), "") << key.name;
    EXPECT_NE(refusal(with("1e300")), "") << key.name;
    const std::string below = key.least > 0 ? std::to_string(key.least - 1) : "-1";
    EXPECT_NE(refusal(with(below)), "") << key.name;
  }
}

TEST(ParseConfig, RefusesEveryOtherKindOfValue) {
  const char* values[] = {"null", "true", "3", "3.5", "\"/x\"", "[]", "[1]", "{}"};
  const auto fitting = [](const ConfigKey& key) -> std::set<std::string> {
    if (std::holds_alternative<bool Config::*>(key.member)) return {"true"};
    if (std::holds_alternative<std::string Config::*>(key.member)) return {"\"/x\""};
    if (std::holds_alternative<Config::Environment Config::*>(key.member)) return {"{}"};
    if (key.most == 1) return {};
    if (std::holds_alternative<double Config::*>(key.member)) return {"3", "3.5"};
    if (std::holds_alternative<Config::Seconds Config::*>(key.member)) return {"3", "3.5"};
    return {"3"};
  };
  for (const ConfigKey& key : config_keys()) {
    for (const char* value : values) {
      const std::string json = "{\"" + std::string(key.name) + "\": " + value + "}";
      const std::string message = refusal(json);
      if (fitting(key).contains(value)) {
        EXPECT_EQ(message, "") << json;
      } else {
        EXPECT_EQ(
            message.find(std::string(key.name) + " must be " + allowed_values(key) + ", not "), 0u)
            << json << ": " << message;
      }
    }
  }
}

TEST(ParseConfig, RefusesWhatIsNotJson) {
  for (const std::string json :
       {"", " ", "{", "}", "{]", "{\"timeout\": 1,}", "{timeout: 1}", "{'timeout': 1}",
        "{\"timeout\": NaN}", "{\"timeout\": Infinity}", "{\"timeout\": 01}", "{\"timeout\": +1}",
        "{\"timeout\": 0x1}", "{} {}", "{} x", "// c\n{}", "{/* c */}", "{\"timeout\": \"\x01\"}",
        "{\"directory\": \"\\ud800\"}"}) {
    EXPECT_NE(refusal(json).find("is not JSON"), std::string::npos) << json << refusal(json);
  }
  EXPECT_EQ(refusal("{\n\"max_retries\": 1,\n\"timeout\" 2\n}").find("line 3 "), 0u);
  EXPECT_NE(refusal("{\"timeout\": 1e999}").find("beyond all limits"), std::string::npos);
}

TEST(ParseConfig, RefusesWhatIsNotText) {
  using namespace std::string_view_literals;
  for (const std::string_view json :
       {"{}\0"sv, "\0{}"sv, "{}\xff"sv, "{\"directory\": \"/\xc3\"}"sv,
        "{\"directory\": \"/\xed\xa0\x80\"}"sv}) {
    EXPECT_NE(refusal(json).find("UTF-8 text without NUL"), std::string::npos);
  }
}

TEST(ParseConfig, RefusesWhatIsNoObject) {
  for (const char* json : {"[]", "3", "null", "\"x\"", "[{}]"}) {
    EXPECT_NE(refusal(json).find("must be an object"), std::string::npos) << json;
  }
}

TEST(ParseConfig, RefusesUnknownKeysAndNamesTheKnown) {
  const std::string message = refusal(R"({"max_retry": 3})");
  EXPECT_EQ(message.find("there is no setting \"max_retry\": the settings are max_retries max_job"),
            0u)
      << message;
  EXPECT_NE(refusal(R"({"": 3})"), "");
  EXPECT_LT(refusal("{\"" + std::string(100'000, 'x') + "\": 3}").size(), 500u);
}

TEST(ParseConfig, RefusesNamesGivenTwice) {
  EXPECT_EQ(refusal(R"({"timeout": 1, "timeout": 1})"),
            "\"timeout\" is given twice: each name is allowed once");
  EXPECT_NE(refusal(R"({"timeout": 1, "time\u006fut": 2})").find("twice"), std::string::npos);
  EXPECT_NE(refusal(R"({"environment": {"A": "1", "A": "2"}})").find("twice"), std::string::npos);
}

TEST(ParseConfig, RefusesDeepNestingAtOnce) {
  EXPECT_NE(refusal(std::string(100'000, '[')).find("too deeply"), std::string::npos);
  EXPECT_NE(refusal(R"({"a": {"b": {"c": {"d": 1}}}})").find("no setting"), std::string::npos);
  EXPECT_NE(refusal(R"({"a": {"b": {"c": {"d": []}}}})").find("too deeply"), std::string::npos);
}

TEST(ParseConfig, RefusesMoreThanTheMostBytes) {
  const std::string all = "{}" + std::string(kMaxConfigBytes - 2, ' ');
  EXPECT_EQ(refusal(all), "");
  EXPECT_NE(refusal(all + " ").find("at most 262144 are allowed"), std::string::npos);
}

TEST(ParseConfig, TakesAbsoluteDirectoriesOnly) {
  EXPECT_EQ(parsed(R"({"directory": "/srv/a b"})").directory, "/srv/a b");
  EXPECT_EQ(parse_config(R"({"directory": ""})", unusual()).directory, "");
  for (const char* directory : {"srv", "./srv", "~", " /srv", "/srv\\u0000x"}) {
    EXPECT_NE(refusal(std::string("{\"directory\": \"") + directory + "\"}"), "") << directory;
  }
  const std::string longest = "/" + std::string(kMaxPathBytes - 1, 'x');
  EXPECT_EQ(refusal("{\"directory\": \"" + longest + "\"}"), "");
  EXPECT_NE(refusal("{\"directory\": \"" + longest + "x\"}"), "");
}

TEST(ParseConfig, TakesNamesOfVariablesOnly) {
  for (const char* name : {"A", "a", "_", "_1", "PATH", "FILED", "xFILED_", "filed_x"}) {
    EXPECT_EQ(refusal(std::string("{\"environment\": {\"") + name + "\": \"v\"}}"), "") << name;
  }
  for (const char* name :
       {"", "1", "A=B", "A B", "A-B", "\xc3\xa4", "FILED_", "FILED_JOB", "A\\n"}) {
    const std::string message =
        refusal(std::string("{\"environment\": {\"") + name + "\": \"v\"}}");
    EXPECT_EQ(message.find("environment must not set \""), 0u) << name << ": " << message;
  }
}

TEST(ParseConfig, TakesStringsWithoutNulAsVariablesAndNeverShowsThem) {
  for (const char* value :
       {"1", "null", "[\"secret\"]", "{\"secret\": \"\"}", "\"secret\\u0000\""}) {
    const std::string message = refusal(std::string("{\"environment\": {\"A\": ") + value + "}}");
    EXPECT_EQ(message, "environment: the value of \"A\" must be a string without NUL");
  }
}

TEST(ParseConfig, BoundsTheEnvironment) {
  const std::string most(kMaxEnvironmentBytes - 3, 'x');
  EXPECT_EQ(refusal(R"({"environment": {"A": ")" + most + "\"}}"), "");
  EXPECT_EQ(refusal(R"({"environment": {"A": ")" + most + "x\"}}"),
            "environment has too much: 65536 bytes are allowed");
  EXPECT_NE(refusal(R"({"environment": {"B": "", "A": ")" + most + "\"}}"), "");
}

}  // namespace
}  // namespace bobbin
