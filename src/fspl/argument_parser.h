// SPDX-License-Identifier: Apache-2.0
// The grammar of the command line, which is Filespooler's: "-q DIR", "-qDIR", "-q=DIR", "--queuedir
// DIR",
// "--queuedir=DIR"; a value of its own word must not begin with "-" (but may be "-"); nothing may
// be given twice or shortened; what follows the first "--" is the command's parameters.
//
// Why not a library: docs/decisions/0003-command-line.md.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "fspl/command_table.h"

namespace bobbin::fspl {

struct UsageError {
  std::string message;
};
struct HelpWanted {};

// `words` are those behind the command's name.
std::variant<Arguments, UsageError, HelpWanted> parse_arguments(const CommandSpec& command,
                                                                std::span<char* const> words);

// One option at the front of `words`, for the ones that stand before the command's name, too.
struct FoundOption {
  std::size_t index;  // in `options`
  std::string value;
  std::size_t words_used;
};
std::variant<FoundOption, UsageError> parse_option(std::span<const OptionSpec> options,
                                                   std::span<char* const> words);

}  // namespace bobbin::fspl
