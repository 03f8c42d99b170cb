// SPDX-License-Identifier: Apache-2.0
// What a command is: its name, options and arguments, as data. The parser, --help and the shell
// completions all read this table, so that they cannot differ; tests compare the manual page with
// it. Each file in commands/ declares one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace bobbin::fspl {

enum class ValueKind {
  flag,       // no value
  text,       // must be UTF-8
  path,       // a file; any bytes
  directory,  // must be UTF-8, as in Filespooler
  number,     // 0..2^64-1
  seconds,    // a decimal number >= 0
  choice,     // one of OptionSpec::choices, in any letter case
  signal,     // TERM, SIGTERM or 15
};

struct OptionSpec {
  std::string_view name;  // without the dashes
  char letter;            // 0: none
  ValueKind kind;
  std::string_view value_name;  // e.g. "DIR"
  std::string_view help;        // one sentence or two
  bool required = false;
  std::span<const std::string_view> choices = {};
};

struct PositionalSpec {
  std::string_view name;
  ValueKind kind;
  std::string_view help;
  bool required = true;
};

class Arguments;

// What a command may use of the program around it.
struct Context {
  const Log& log;
};

struct CommandSpec {
  std::string_view name;
  std::string_view summary;  // one line
  std::string_view details;  // paragraphs for --help; may be empty
  std::span<const OptionSpec> options;
  std::span<const PositionalSpec> positionals;
  std::string_view parameters_help;  // empty: nothing may follow "--" but positionals
  int (*run)(const Arguments&, const Context&);
};

// The command line of one command, after it was found to be right. Asking for what the table does
// not declare is a programming error and aborts.
class Arguments {
 public:
  explicit Arguments(const CommandSpec& command)
      : command_(command), values_(command.options.size()) {}

  bool has(std::string_view option) const { return value(option).has_value(); }
  const std::optional<std::string>& value(std::string_view option) const;
  std::optional<std::uint64_t> number(std::string_view option) const;
  std::optional<double> seconds(std::string_view option) const;
  // The choice as the table spells it.
  std::optional<std::string_view> choice(std::string_view option) const;
  std::optional<int> signal(std::string_view option) const;

  const std::vector<std::string>& positionals() const { return positionals_; }
  // What follows "--".
  const std::vector<std::string>& parameters() const { return parameters_; }

 private:
  friend class ArgumentParser;

  std::size_t index_of(std::string_view option) const;

  const CommandSpec& command_;
  std::vector<std::optional<std::string>> values_;  // parallel to command_.options
  std::vector<std::string> positionals_;
  std::vector<std::string> parameters_;
};

// Every command, in the order in which help shows them.
std::span<const CommandSpec* const> all_commands();
const CommandSpec* find_command(std::string_view name);

}  // namespace bobbin::fspl
