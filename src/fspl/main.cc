// SPDX-License-Identifier: Apache-2.0
// fspl: finds the command, hands it its arguments, and turns what is thrown into a sentence and an
// exit status.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <exception>

#include "base/fail.h"
#include "fspl/argument_parser.h"
#include "fspl/command_table.h"
#include "fspl/help.h"
#include "fspl/output.h"

namespace bobbin::fspl {
namespace {

constexpr int kUsageStatus = 2;
constexpr int kInternalStatus = 70;

void say(std::string_view text) {
  const std::string line = fmt::format("fspl: {}\n", text);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

int usage_error(std::string_view message, std::string_view command = {}) {
  say(fmt::format("error: {}; see \"fspl help{}{}\"", message, command.empty() ? "" : " ",
                  command));
  return kUsageStatus;
}

int print(const std::string& text) {
  Output output;
  output.write(text);
  output.flush();
  return 0;
}

// A program whose standard descriptors are closed would get its next file as one of them.
void open_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
  }
}

int run_command(const CommandSpec& command, std::span<char* const> words, LogLevel level) {
  auto parsed = parse_arguments(command, words);
  if (const auto* wrong = std::get_if<UsageError>(&parsed))
    return usage_error(wrong->message, command.name);
  if (std::holds_alternative<HelpWanted>(parsed)) return print(command_help(command));
  const Log log("fspl", level);
  return command.run(std::get<Arguments>(parsed), Context{log});
}

int show_help(std::span<char* const> words) {
  if (words.empty()) return print(program_help());
  const std::string_view name = words[0];
  const CommandSpec* command = find_command(name);
  if (words.size() > 1) return usage_error("help takes one command");
  if (command == nullptr && name != "help")
    return usage_error("there is no command " + shown(name));
  return print(command == nullptr ? program_help() : command_help(*command));
}

int run(std::span<char* const> words) {
  std::optional<LogLevel> level;
  while (!words.empty() && std::string_view(words[0]).starts_with('-')) {
    auto parsed = parse_option(kGlobalOptions, words);
    if (const auto* wrong = std::get_if<UsageError>(&parsed)) return usage_error(wrong->message);
    const auto& option = std::get<FoundOption>(parsed);
    const std::string_view name = kGlobalOptions[option.index].name;
    if (name == "help") return print(program_help());
    if (name == "version") return print(version_text());
    if (level) return usage_error("--log-level is given twice");
    level = parse_log_level(option.value);
    if (!level) {
      usage_error(fmt::format("{} is not a log level", shown(option.value)));
      say("the levels are trace, debug, info, warn and error, or 5 to 1");
      return kUsageStatus;
    }
    words = words.subspan(option.words_used);
  }
  if (words.empty()) {
    const std::string help = program_help();
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, help.data(), help.size());
    return kUsageStatus;
  }
  const std::string_view name = words[0];
  words = words.subspan(1);
  if (name == "help") return show_help(words);
  const CommandSpec* command = find_command(name);
  if (command == nullptr) return usage_error("there is no command " + shown(name));
  return run_command(*command, words, level.value_or(LogLevel::info));
}

}  // namespace
}  // namespace bobbin::fspl

int main(int argc, char** argv) {
  using namespace bobbin;
  fspl::open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);
  try {
    return fspl::run({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
  } catch (const Error& error) {
    fspl::say(fmt::format("error: {}", error.what()));
    return meaning(error.code()).exit_status;
  } catch (const std::exception& error) {
    fspl::say(fmt::format("internal error: {}", error.what()));
    return fspl::kInternalStatus;
  }
}
