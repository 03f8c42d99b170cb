// SPDX-License-Identifier: Apache-2.0
#include "filed/options.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace bobbin {
namespace {

std::variant<Options, Answer> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "filed");
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return parse_options(static_cast<int>(words.size()), pointers.data());
}

Options accepted(const std::vector<std::string>& words) {
  auto parsed = parse(words);
  if (const auto* answer = std::get_if<Answer>(&parsed)) ADD_FAILURE() << answer->text;
  return std::get<Options>(parsed);
}

std::string refused(const std::vector<std::string>& words) {
  auto parsed = parse(words);
  if (!std::holds_alternative<Answer>(parsed)) return "accepted";
  EXPECT_EQ(std::get<Answer>(parsed).exit_status, 2);
  return std::get<Answer>(parsed).text;
}

TEST(Options, AMountpointIsEnough) {
  const Options options = accepted({"/mnt"});
  EXPECT_EQ(options.mountpoint, "/mnt");
  EXPECT_FALSE(options.allow_other);
  EXPECT_TRUE(options.sandbox.empty());
}

TEST(Options, LongOptionsTakeOneDashOrTwo) {
  const Options options =
      accepted({"-ro", "/lib", "--rof=/usr/bin/echo", "/mnt", "-rwf", "/tmp/x"});
  ASSERT_EQ(options.sandbox.size(), 3u);
  EXPECT_EQ(options.sandbox[0].path, "/lib");
  EXPECT_EQ(options.sandbox[0].access, SandboxAccess::read_directory);
  EXPECT_EQ(options.sandbox[1].access, SandboxAccess::read_file);
  EXPECT_EQ(options.sandbox[2].access, SandboxAccess::write_file);
  EXPECT_EQ(options.mountpoint, "/mnt");
}

TEST(Options, EachOfThemIsTaken) {
  const Options options =
      accepted({"--allow-other", "--run-as", "submitter", "--ready-fd", "5", "--sync", "lazy",
                "--log-level", "debug", "--state", "/s", "m"});
  EXPECT_TRUE(options.allow_other);
  EXPECT_TRUE(options.run_as_submitter);
  EXPECT_EQ(options.ready_fd, 5);
  EXPECT_EQ(options.sync, SyncMode::lazy);
  EXPECT_EQ(options.log_level, LogLevel::debug);
  EXPECT_EQ(options.state, "/s");
}

TEST(Options, AWrongCommandLineSaysWhy) {
  EXPECT_NE(refused({}).find("which directory"), std::string::npos);
  EXPECT_NE(refused({"a", "b"}).find("more words"), std::string::npos);
  EXPECT_NE(refused({"--nonsense", "/mnt"}).find("--nonsense"), std::string::npos);
  EXPECT_NE(refused({"/mnt", "--state"}).find("needs a value"), std::string::npos);
  EXPECT_NE(refused({"--run-as", "root", "/mnt"}).find("submitter"), std::string::npos);
  EXPECT_NE(refused({"--ready-fd", "1", "/mnt"}).find("above 2"), std::string::npos);
  EXPECT_NE(refused({"--ready-fd", "99999999999", "/mnt"}).find("above 2"), std::string::npos);
  EXPECT_NE(refused({"--sync", "maybe", "/mnt"}).find("full or lazy"), std::string::npos);
  EXPECT_NE(refused({"--log-level", "loud", "/mnt"}).find("loud"), std::string::npos);
  EXPECT_NE(refused({""}).find("empty"), std::string::npos);
}

TEST(Options, HelpAndVersionAreAnswers) {
  const auto help = parse({"--help"});
  EXPECT_EQ(std::get<Answer>(help).exit_status, 0);
  EXPECT_NE(std::get<Answer>(help).text.find("--rwf FILE"), std::string::npos);
  EXPECT_NE(std::get<Answer>(parse({"--version"})).text.find("filed"), std::string::npos);
}

// The environment of this process, as it was, comes back at the end of the test.
class StatePath : public testing::Test {
 protected:
  void SetUp() override { set(nullptr, nullptr, nullptr); }

  static void set(const char* file, const char* data, const char* home) {
    const char* const names[] = {"FILED_STATE_FILE", "XDG_DATA_HOME", "HOME"};
    const char* const values[] = {file, data, home};
    for (int i = 0; i < 3; ++i) {
      values[i] ? ::setenv(names[i], values[i], 1) : ::unsetenv(names[i]);
    }
  }
};

TEST_F(StatePath, TheMostExplicitPlaceWins) {
  set("/f.db", "/data", "/u");
  Options named;
  named.state = "/s.db";
  EXPECT_EQ(state_path(named), "/s.db");
  EXPECT_EQ(state_path({}), "/f.db");
  set(nullptr, "/data", "/u");
  EXPECT_EQ(state_path({}), "/data/filed.db");
  set("", "relative", "/u");
  EXPECT_EQ(state_path({}), "/u/.local/share/filed.db");
}

TEST_F(StatePath, NoPlaceAtAllIsAnError) { EXPECT_THROW(state_path({}), Error); }

}  // namespace
}  // namespace bobbin
