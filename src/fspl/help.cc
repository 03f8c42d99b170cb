// SPDX-License-Identifier: Apache-2.0
#include "fspl/help.h"

#include <fmt/format.h>

namespace bobbin::fspl {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kIndent = 10;

constexpr std::array kGlobals{
    OptionSpec{"log-level", 'l', ValueKind::text, "LEVEL",
               "Least level to log on standard error: trace, debug, info, warn, error, or 5 to 1. "
               "Default: info."},
    OptionSpec{"help", 'h', ValueKind::flag, "",
               "Show help; \"fspl help COMMAND\" shows a command's."},
    OptionSpec{"version", 'V', ValueKind::flag, "", "Show the version."},
};

// `text` broken into lines that begin with `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::string line(indent, ' ');
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == text.npos ? text.size() : blank + 1);
    if (line.size() > indent && line.size() + 1 + word.size() > kWidth) {
      out += line + '\n';
      line.assign(indent, ' ');
    }
    if (line.size() > indent) line += ' ';
    line += word;
  }
  return out + line + '\n';
}

std::string spelling(const OptionSpec& option) {
  std::string text = option.letter != 0 ? fmt::format("-{}, ", option.letter) : "    ";
  text += fmt::format("--{}", option.name);
  if (option.kind != ValueKind::flag) text += fmt::format(" {}", option.value_name);
  return text;
}

std::string option_help(std::span<const OptionSpec> options) {
  std::string text;
  for (const OptionSpec& option : options) {
    text += fmt::format("  {}\n", spelling(option));
    std::string help(option.help);
    if (!option.choices.empty()) {
      help += " One of:";
      for (const std::string_view choice : option.choices) {
        help += fmt::format(" {}{}", choice, choice == option.choices.back() ? "." : ",");
      }
    }
    text += wrapped(help, kIndent);
  }
  return text;
}

std::string usage(const CommandSpec& command) {
  std::string text = fmt::format("Usage: fspl {}", command.name);
  bool has_optional = false;
  for (const OptionSpec& option : command.options) {
    if (option.required) {
      text += option.letter != 0 ? fmt::format(" -{} {}", option.letter, option.value_name)
                                 : fmt::format(" --{} {}", option.name, option.value_name);
    } else {
      has_optional = true;
    }
  }
  if (has_optional) text += " [OPTIONS]";
  for (const PositionalSpec& positional : command.positionals) {
    text += positional.required ? fmt::format(" {}", positional.name)
                                : fmt::format(" [{}]", positional.name);
  }
  if (!command.parameters_help.empty()) text += " [-- PARAMS...]";
  return text + '\n';
}

}  // namespace

const std::span<const OptionSpec> kGlobalOptions = kGlobals;

std::string program_help() {
  std::string text =
      "fspl: a job becomes a file, travels by any means that moves a file, and runs in\n"
      "sequence on the other side.\n\n"
      "Usage: fspl [-l LEVEL] COMMAND [OPTIONS]\n\nCommands:\n";
  for (const CommandSpec* command : all_commands()) {
    text += fmt::format("  {}\n{}", command->name, wrapped(command->summary, kIndent));
  }
  text += "  help\n          Show this help, or that of a command\n";
  return text + "\nOptions:\n" + option_help(kGlobalOptions);
}

std::string command_help(const CommandSpec& command) {
  std::string text =
      wrapped(fmt::format("fspl {}: {}", command.name, command.summary), 0) + '\n' + usage(command);
  if (!command.details.empty()) text += '\n' + wrapped(command.details, 0);
  if (!command.positionals.empty() || !command.parameters_help.empty()) {
    text += "\nArguments:\n";
    for (const PositionalSpec& positional : command.positionals) {
      text += fmt::format("  {}\n{}", positional.name, wrapped(positional.help, kIndent));
    }
    if (!command.parameters_help.empty())
      text += "  PARAMS\n" + wrapped(command.parameters_help, kIndent);
  }
  constexpr OptionSpec kHelp{"help", 'h', ValueKind::flag, "", "Show this help."};
  return text + "\nOptions:\n" + option_help(command.options) + option_help({&kHelp, 1});
}

std::string version_text() {
  return "fspl (Bobbin) " BOBBIN_VERSION ", compatible with filespooler 1.2.2\n";
}

}  // namespace bobbin::fspl
