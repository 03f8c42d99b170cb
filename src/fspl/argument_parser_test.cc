// SPDX-License-Identifier: Apache-2.0
#include "fspl/argument_parser.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "fspl/value_text.h"

namespace bobbin::fspl {
namespace {

constexpr std::array<std::string_view, 2> kColors{"Red", "Green"};
constexpr std::array kOptions{
    OptionSpec{"queuedir", 'q', ValueKind::directory, "DIR", "", true},
    OptionSpec{"file", 's', ValueKind::path, "FILE", ""},
    OptionSpec{"count", 'n', ValueKind::number, "N", ""},
    OptionSpec{"pause", 0, ValueKind::seconds, "SECONDS", ""},
    OptionSpec{"color", 0, ValueKind::choice, "COLOR", "", false, kColors},
    OptionSpec{"stop", 0, ValueKind::signal, "SIGNAL", ""},
    OptionSpec{"quick", 'k', ValueKind::flag, "", ""},
};
constexpr std::array kCommandWord{PositionalSpec{"COMMAND", ValueKind::text, ""}};
constexpr std::array kIdWord{PositionalSpec{"ID", ValueKind::number, ""}};
const CommandSpec kWithParameters{"run", "", "", kOptions, kCommandWord, "Parameters.", nullptr};
const CommandSpec kWithId{"set", "", "", kOptions, kIdWord, "", nullptr};

auto parse(const CommandSpec& command, std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  return parse_arguments(command, pointers);
}

Arguments good(std::vector<std::string> words, const CommandSpec& command = kWithParameters) {
  auto parsed = parse(command, std::move(words));
  if (const auto* wrong = std::get_if<UsageError>(&parsed)) ADD_FAILURE() << wrong->message;
  auto* arguments = std::get_if<Arguments>(&parsed);
  return arguments != nullptr ? std::move(*arguments) : Arguments(command);
}

// What was wrong; it must hold `part`.
void bad(std::vector<std::string> words, const std::string& part,
         const CommandSpec& command = kWithParameters) {
  const auto parsed = parse(command, std::move(words));
  const auto* wrong = std::get_if<UsageError>(&parsed);
  ASSERT_NE(wrong, nullptr) << part;
  EXPECT_NE(wrong->message.find(part), std::string::npos) << wrong->message;
}

TEST(ArgumentParser, TakesValuesInFiveForms) {
  const std::vector<std::vector<std::string>> forms{{"-q", "d", "x"},
                                                    {"-qd", "x"},
                                                    {"-q=d", "x"},
                                                    {"--queuedir", "d", "x"},
                                                    {"--queuedir=d", "x"}};
  for (const auto& form : forms) EXPECT_EQ(good(form).value("queuedir"), "d") << form[0];
}

TEST(ArgumentParser, TakesAValueWithADashOnlyWhenItIsAttached) {
  bad({"-q", "-x", "c"}, "-q needs a value");
  bad({"--queuedir", "--quick", "c"}, "--queuedir needs a value");
  bad({"-q"}, "-q needs a value");
  EXPECT_EQ(good({"-q=-x", "c"}).value("queuedir"), "-x");
  EXPECT_EQ(good({"--queuedir=-x", "c"}).value("queuedir"), "-x");
  EXPECT_EQ(good({"-q", "-", "c"}).value("queuedir"), "-");
}

TEST(ArgumentParser, TakesEmptyValuesAndEqualsSigns) {
  EXPECT_EQ(good({"-q", "", "c"}).value("queuedir"), "");
  EXPECT_EQ(good({"--queuedir=", "c"}).value("queuedir"), "");
  EXPECT_EQ(good({"--queuedir=a=b", "c"}).value("queuedir"), "a=b");
  EXPECT_EQ(good({"-q==b", "c"}).value("queuedir"), "=b");
}

TEST(ArgumentParser, RefusesRepeatedShortenedAndUnknownOptions) {
  bad({"-q", "a", "--queuedir", "b", "c"}, "--queuedir is given twice");
  bad({"-q", "a", "-k", "--quick", "c"}, "--quick is given twice");
  bad({"--queue", "a", "c"}, "there is no option --queue");
  bad({"-q", "a", "-z", "c"}, "there is no option -z");
  bad({"-q", "a", "--quick=yes", "c"}, "--quick takes no value");
  bad({"-q", "a", "-kq", "c"}, "takes no value");
  bad({"-c", "a"}, "there is no option -c");
}

TEST(ArgumentParser, TakesOptionsBeforeAndBehindPositionals) {
  const Arguments arguments = good({"c", "-k", "-q", "a"});
  EXPECT_TRUE(arguments.has("quick"));
  EXPECT_EQ(arguments.positionals(), std::vector<std::string>{"c"});
  EXPECT_FALSE(arguments.has("file"));
}

TEST(ArgumentParser, GivesWhatFollowsTwoDashesToTheCommand) {
  const Arguments arguments = good({"-q", "a", "c", "--", "-k", "--", "", "x"});
  EXPECT_EQ(arguments.parameters(), (std::vector<std::string>{"-k", "--", "", "x"}));
  EXPECT_FALSE(arguments.has("quick"));
  bad({"-q", "a", "--", "c"}, "COMMAND is missing");
  bad({"-q", "a", "c", "d"}, "d is more than run takes");
}

TEST(ArgumentParser, LetsTwoDashesPrecedeAnId) {
  EXPECT_EQ(good({"-q", "a", "--", "5"}, kWithId).positionals(), std::vector<std::string>{"5"});
  bad({"-q", "a", "--", "5", "6"}, "6 is more than set takes", kWithId);
  bad({"-q", "a"}, "ID is missing", kWithId);
  bad({"-q", "a", "--", "-5"}, "the value -5 of ID", kWithId);
}

TEST(ArgumentParser, NamesWhatIsMissing) {
  bad({"c"}, "--queuedir DIR is missing");
  bad({"-q", "a"}, "COMMAND is missing");
}

TEST(ArgumentParser, WantsUtf8WhereFilespoolerDoes) {
  EXPECT_EQ(good({"-q", "a", "-s", "\xff", "c"}).value("file"), "\xff");
  bad({"-q", "\xff", "c"}, "must be UTF-8");
  bad({"-q", "a", "\xff"}, "must be UTF-8");
  bad({"-q", "a", "c", "--", "\xff"}, "must be UTF-8");
}

TEST(ArgumentParser, ChecksValuesByTheirKind) {
  const Arguments arguments =
      good({"-q", "a", "-n", "+07", "--pause", "0.25", "--color", "gREEN", "--stop=term", "c"});
  EXPECT_EQ(arguments.number("count"), 7u);
  EXPECT_EQ(arguments.seconds("pause"), 0.25);
  EXPECT_EQ(arguments.choice("color"), "Green");
  EXPECT_EQ(arguments.signal("stop"), SIGTERM);
  bad({"-q", "a", "-n", "1.5", "c"}, "the value 1.5 of -n");
  bad({"-q", "a", "-n", "18446744073709551616", "c"}, "18446744073709551615");
  bad({"-q", "a", "--pause", "1e3", "c"}, "number of seconds");
  bad({"-q", "a", "--color", "blue", "c"}, "one of Red, Green");
  bad({"-q", "a", "--stop", "SIGNOTHING", "c"}, "signal");
}

TEST(ArgumentParser, HelpWinsOnceItIsReached) {
  EXPECT_TRUE(std::holds_alternative<HelpWanted>(parse(kWithParameters, {"--help"})));
  EXPECT_TRUE(
      std::holds_alternative<HelpWanted>(parse(kWithParameters, {"c", "-h", "--nonsense"})));
  EXPECT_EQ(good({"-q", "a", "c", "--", "-h"}).parameters(), std::vector<std::string>{"-h"});
}

TEST(ArgumentParser, ALoneDashIsAPositional) {
  EXPECT_EQ(good({"-q", "a", "-"}).positionals(), std::vector<std::string>{"-"});
  EXPECT_EQ(good({"-q", "a", ""}).positionals(), std::vector<std::string>{""});
}

TEST(ValueText, Seconds) {
  EXPECT_EQ(parse_seconds("0"), 0.0);
  EXPECT_EQ(parse_seconds("1.5"), 1.5);
  EXPECT_EQ(parse_seconds(".5"), 0.5);
  for (const char* text :
       {"", ".", "-1", "+1", "1e3", "inf", "nan", "1..2", "1,5", " 1", "1s", "0x1"}) {
    EXPECT_EQ(parse_seconds(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_seconds(std::string(400, '9')), std::nullopt);
}

TEST(ValueText, SecondsAsATimeDoNotOverflow) {
  EXPECT_EQ(nanoseconds_of_decimal(0.5), std::chrono::milliseconds(500));
  EXPECT_GT(nanoseconds_of_decimal(1e300), std::chrono::hours(24 * 365 * 100));
}

TEST(ValueText, Signals) {
  EXPECT_EQ(parse_signal("TERM"), SIGTERM);
  EXPECT_EQ(parse_signal("sigint"), SIGINT);
  EXPECT_EQ(parse_signal("9"), SIGKILL);
  for (const char* text : {"", "0", "-1", "1000", "SIG", "TERMINATE", "9x"}) {
    EXPECT_EQ(parse_signal(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace bobbin::fspl
