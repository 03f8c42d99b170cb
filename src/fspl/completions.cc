// SPDX-License-Identifier: Apache-2.0
#include "fspl/completions.h"

#include <fmt/format.h>

#include "fspl/command_table.h"
#include "fspl/help.h"

namespace bobbin::fspl {
namespace {

// How a value is completed, in words that all three shells have something for.
enum class Completes { nothing, files, directories, words, programs };

Completes completes(ValueKind kind) {
  switch (kind) {
    case ValueKind::path: return Completes::files;
    case ValueKind::directory: return Completes::directories;
    case ValueKind::choice: return Completes::words;
    default: return Completes::nothing;
  }
}

Completes completes(const PositionalSpec& positional) {
  return positional.name == "COMMAND" ? Completes::programs : Completes::nothing;
}

std::string joined(std::span<const std::string_view> words, std::string_view between) {
  std::string text;
  for (const std::string_view word : words)
    text += (text.empty() ? std::string() : std::string(between)) + std::string(word);
  return text;
}

std::string command_names() {
  std::string names;
  for (const CommandSpec* command : all_commands()) names += fmt::format("{} ", command->name);
  return names + "help";
}

// For a text in single quotes, and without what zsh's descriptions give a meaning to.
std::string quoted_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '[' || c == ']' || c == ':') {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

std::string bash_value_cases(const CommandSpec& command) {
  std::string cases;
  for (const OptionSpec& option : command.options) {
    if (option.kind == ValueKind::flag) continue;
    std::string action;
    switch (completes(option.kind)) {
      case Completes::files: action = "COMPREPLY=($(compgen -f -- \"$cur\"))"; break;
      case Completes::directories: action = "COMPREPLY=($(compgen -d -- \"$cur\"))"; break;
      case Completes::words:
        action =
            fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", joined(option.choices, " "));
        break;
      default: action = ":"; break;
    }
    const std::string letter = option.letter != 0 ? fmt::format("|-{}", option.letter) : "";
    cases += fmt::format("        --{}{}) {}; return ;;\n", option.name, letter, action);
  }
  return cases;
}

std::string bash_options(std::span<const OptionSpec> options) {
  std::string words;
  for (const OptionSpec& option : options) {
    words += fmt::format("--{} ", option.name);
    if (option.letter != 0) words += fmt::format("-{} ", option.letter);
  }
  return words;
}

std::string bash_completions() {
  std::string text = fmt::format(
      R"(# bash completion for fspl
_fspl() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
      -l|--log-level) ((i++)) ;;
      -*) ;;
      *) command=${{COMP_WORDS[i]}}; break ;;
    esac
  done
  case $command in
    '')
      case $prev in
        -l|--log-level) COMPREPLY=($(compgen -W 'trace debug info warn error' -- "$cur")); return ;;
      esac
      COMPREPLY=($(compgen -W '{} {}' -- "$cur")) ;;
    help) COMPREPLY=($(compgen -W '{}' -- "$cur")) ;;
    gen-completions) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$cur")) ;;
)",
      command_names(), bash_options(kGlobalOptions), command_names());
  for (const CommandSpec* command : all_commands()) {
    if (command->name == "gen-completions") continue;
    text += fmt::format("    {})\n", command->name);
    const std::string cases = bash_value_cases(*command);
    if (!cases.empty()) text += fmt::format("      case $prev in\n{}      esac\n", cases);
    const bool runs =
        !command->positionals.empty() && completes(command->positionals[0]) == Completes::programs;
    const std::string options = fmt::format("COMPREPLY=($(compgen -W '{}--help' -- \"$cur\"))",
                                            bash_options(command->options));
    text += runs ? fmt::format(
                       "      if [[ $cur == -* ]]; then {}; else COMPREPLY=($(compgen -c -- "
                       "\"$cur\")); fi ;;\n",
                       options)
                 : fmt::format("      {} ;;\n", options);
  }
  return text + "  esac\n}\ncomplete -o filenames -F _fspl fspl\n";
}

std::string zsh_option(const OptionSpec& option) {
  const std::string names =
      option.letter != 0 ? fmt::format("'(-{0} --{1})'{{-{0},--{1}}}", option.letter, option.name)
                         : fmt::format("--{}", option.name);
  std::string value;
  if (option.kind != ValueKind::flag) {
    switch (completes(option.kind)) {
      case Completes::files: value = fmt::format(":{}:_files", option.value_name); break;
      case Completes::directories: value = fmt::format(":{}:_files -/", option.value_name); break;
      case Completes::words:
        value = fmt::format(":{}:({})", option.value_name, joined(option.choices, " "));
        break;
      default: value = fmt::format(":{}: ", option.value_name); break;
    }
  }
  return fmt::format("{}'[{}]{}'", names, quoted_text(option.help), value);
}

std::string zsh_completions() {
  std::string text =
      "#compdef fspl\n# zsh completion for fspl\n_fspl() {\n  local -a commands\n  commands=(\n";
  for (const CommandSpec* command : all_commands()) {
    text += fmt::format("    '{}:{}'\n", command->name, quoted_text(command->summary));
  }
  text +=
      "    'help:Show help'\n  )\n  local context state state_descr line\n  typeset -A opt_args\n  "
      "_arguments -C";
  for (const OptionSpec& option : kGlobalOptions)
    text += fmt::format(" \\\n    {}", zsh_option(option));
  text +=
      " \\\n    '1:command:->command' '*::argument:->argument'\n  case $state in\n"
      "    command) _describe command commands ;;\n    argument)\n      case $words[1] in\n"
      "        help) _describe command commands ;;\n        gen-completions) _values shell bash "
      "zsh fish ;;\n";
  for (const CommandSpec* command : all_commands()) {
    if (command->name == "gen-completions") continue;
    text += fmt::format("        {}) _arguments '(-h --help)'{{-h,--help}}'[Show help]'",
                        command->name);
    for (const OptionSpec& option : command->options)
      text += fmt::format(" \\\n          {}", zsh_option(option));
    for (const PositionalSpec& positional : command->positionals) {
      text += fmt::format(" \\\n          '1:{}:{}'", positional.name,
                          completes(positional) == Completes::programs ? "_command_names -e" : " ");
    }
    text += " ;;\n";
  }
  return text +
         "      esac ;;\n  esac\n}\nif [ \"$funcstack[1]\" = _fspl ]; then _fspl \"$@\"; else "
         "compdef _fspl fspl; fi\n";
}

std::string fish_completions() {
  std::string text = "# fish completion for fspl\ncomplete -c fspl -f\n";
  for (const OptionSpec& option : kGlobalOptions) {
    text += fmt::format("complete -c fspl -n __fish_use_subcommand -s {} -l {} -d '{}'{}\n",
                        option.letter, option.name, quoted_text(option.help),
                        option.kind == ValueKind::flag ? "" : " -x");
  }
  for (const CommandSpec* command : all_commands()) {
    text += fmt::format("complete -c fspl -n __fish_use_subcommand -a {} -d '{}'\n", command->name,
                        quoted_text(command->summary));
    const std::string condition = fmt::format("-n '__fish_seen_subcommand_from {}'", command->name);
    for (const OptionSpec& option : command->options) {
      std::string line = fmt::format("complete -c fspl {} -l {} -d '{}'", condition, option.name,
                                     quoted_text(option.help));
      if (option.letter != 0) line += fmt::format(" -s {}", option.letter);
      if (option.kind != ValueKind::flag) {
        switch (completes(option.kind)) {
          case Completes::files: line += " -r -F"; break;
          case Completes::directories: line += " -x -a '(__fish_complete_directories)'"; break;
          case Completes::words:
            line += fmt::format(" -x -a '{}'", joined(option.choices, " "));
            break;
          default: line += " -x"; break;
        }
      }
      text += line + '\n';
    }
    for (const PositionalSpec& positional : command->positionals) {
      if (completes(positional) == Completes::programs) {
        text += fmt::format("complete -c fspl {} -a '(__fish_complete_command)'\n", condition);
      }
    }
  }
  text += "complete -c fspl -n '__fish_seen_subcommand_from gen-completions' -a 'bash zsh fish'\n";
  return text + fmt::format("complete -c fspl -n '__fish_seen_subcommand_from help' -a '{}'\n",
                            command_names());
}

}  // namespace

std::optional<std::string> completions_for(std::string_view shell) {
  if (shell == "bash") return bash_completions();
  if (shell == "zsh") return zsh_completions();
  if (shell == "fish") return fish_completions();
  return std::nullopt;
}

}  // namespace bobbin::fspl
