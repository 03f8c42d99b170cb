// SPDX-License-Identifier: Apache-2.0
#include "fspl/argument_parser.h"

#include <fmt/format.h>

#include "base/fail.h"
#include "base/number.h"
#include "base/utf8.h"
#include "fspl/value_text.h"

namespace bobbin::fspl {
namespace {

// An option as it stands on the command line, before it is looked up.
struct Spelled {
  std::string_view name;  // "--queuedir" or "-q", for messages
  std::size_t index;
  std::optional<std::string_view> attached;  // behind "=" or directly behind the letter
};

std::optional<Spelled> spelled(std::span<const OptionSpec> options, std::string_view word) {
  if (word.size() < 2) return std::nullopt;
  const bool is_long = word.starts_with("--");
  const std::string_view name = is_long ? word.substr(0, word.find('=')) : word.substr(0, 2);
  for (std::size_t i = 0; i < options.size(); ++i) {
    const OptionSpec& option = options[i];
    if (is_long ? name.substr(2) != option.name : (option.letter == 0 || name[1] != option.letter))
      continue;
    Spelled found{name, i, std::nullopt};
    std::string_view rest = word.substr(name.size());
    if (!rest.empty()) found.attached = rest.front() == '=' ? rest.substr(1) : rest;
    return found;
  }
  return std::nullopt;
}

std::string describe_choices(std::span<const std::string_view> choices) {
  std::string list;
  for (const std::string_view choice : choices)
    list += (list.empty() ? "" : ", ") + std::string(choice);
  return list;
}

// What is wrong with a value; empty: nothing.
std::string fault_of(ValueKind kind, std::span<const std::string_view> choices,
                     std::string_view text) {
  switch (kind) {
    case ValueKind::flag:
    case ValueKind::path: return {};
    case ValueKind::text:
    case ValueKind::directory: return is_utf8(text) ? "" : "it must be UTF-8";
    case ValueKind::number:
      return parse_number(text) ? "" : "it must be a whole number from 0 to 18446744073709551615";
    case ValueKind::seconds:
      return parse_seconds(text) ? "" : "it must be a number of seconds, 0 or more";
    case ValueKind::choice:
      return match_choice(text, choices) ? "" : "it must be one of " + describe_choices(choices);
    case ValueKind::signal: return parse_signal(text) ? "" : "it must be a signal's name or number";
  }
  return {};
}

UsageError wrong_value(std::string_view what, std::string_view value, const std::string& fault) {
  return {fmt::format("the value {} of {} is not right: {}", shown(value), what, fault)};
}

}  // namespace

std::variant<FoundOption, UsageError> parse_option(std::span<const OptionSpec> options,
                                                   std::span<char* const> words) {
  const std::string_view word = words[0];
  const auto found = spelled(options, word);
  if (!found) return UsageError{fmt::format("there is no option {}", shown(word))};
  const OptionSpec& option = options[found->index];
  if (option.kind == ValueKind::flag) {
    if (found->attached) return UsageError{fmt::format("{} takes no value", found->name)};
    return FoundOption{found->index, "", 1};
  }
  std::string_view value;
  std::size_t used = 1;
  if (found->attached) {
    value = *found->attached;
  } else {
    const bool has_word = words.size() > 1;
    if (has_word) value = words[1];
    if (!has_word || (value.starts_with('-') && value != "-")) {
      return UsageError{fmt::format("{} needs a value{}", found->name,
                                    has_word ? fmt::format("; write {}={} if {} is meant",
                                                           found->name, shown(value), shown(value))
                                             : "")};
    }
    used = 2;
  }
  const std::string fault = fault_of(option.kind, option.choices, value);
  if (!fault.empty()) return wrong_value(found->name, value, fault);
  return FoundOption{found->index, std::string(value), used};
}

class ArgumentParser {
 public:
  explicit ArgumentParser(const CommandSpec& command) : arguments_(command), command_(command) {}

  std::variant<Arguments, UsageError, HelpWanted> parse(std::span<char* const> words) {
    while (!words.empty()) {
      const std::string_view word = words[0];
      if (word == "--") {
        if (auto wrong = take_rest(words.subspan(1))) return *wrong;
        break;
      }
      if (word.size() < 2 || word[0] != '-') {
        if (auto wrong = take_positional(word)) return *wrong;
        words = words.subspan(1);
        continue;
      }
      if (word == "-h" || word == "--help") return HelpWanted{};
      auto option = parse_option(command_.options, words);
      if (auto* wrong = std::get_if<UsageError>(&option)) return *wrong;
      auto& found = std::get<FoundOption>(option);
      auto& place = arguments_.values_[found.index];
      if (place)
        return UsageError{fmt::format("--{} is given twice", command_.options[found.index].name)};
      place = std::move(found.value);
      words = words.subspan(found.words_used);
    }
    if (auto wrong = missing()) return *wrong;
    return std::move(arguments_);
  }

 private:
  std::optional<UsageError> take_positional(std::string_view word) {
    const std::size_t index = arguments_.positionals_.size();
    if (index >= command_.positionals.size()) {
      return UsageError{
          fmt::format("{} is more than {} takes{}", shown(word), command_.name,
                      command_.parameters_help.empty() ? "" : "; parameters stand behind --")};
    }
    const PositionalSpec& positional = command_.positionals[index];
    const std::string fault = fault_of(positional.kind, {}, word);
    if (!fault.empty()) return wrong_value(positional.name, word, fault);
    arguments_.positionals_.emplace_back(word);
    return std::nullopt;
  }

  std::optional<UsageError> take_rest(std::span<char* const> words) {
    for (const std::string_view word : words) {
      if (command_.parameters_help.empty()) {
        if (auto wrong = take_positional(word)) return wrong;
        continue;
      }
      if (!is_utf8(word)) return wrong_value("a parameter", word, "it must be UTF-8");
      arguments_.parameters_.emplace_back(word);
    }
    return std::nullopt;
  }

  std::optional<UsageError> missing() const {
    for (std::size_t i = 0; i < command_.options.size(); ++i) {
      const OptionSpec& option = command_.options[i];
      if (option.required && !arguments_.values_[i]) {
        return UsageError{fmt::format("--{} {} is missing", option.name, option.value_name)};
      }
    }
    for (std::size_t i = arguments_.positionals_.size(); i < command_.positionals.size(); ++i) {
      if (command_.positionals[i].required) {
        return UsageError{
            fmt::format("{} is missing{}", command_.positionals[i].name,
                        command_.parameters_help.empty() ? "" : "; it stands before any --")};
      }
    }
    return std::nullopt;
  }

  Arguments arguments_;
  const CommandSpec& command_;
};

std::variant<Arguments, UsageError, HelpWanted> parse_arguments(const CommandSpec& command,
                                                                std::span<char* const> words) {
  return ArgumentParser(command).parse(words);
}

}  // namespace bobbin::fspl
