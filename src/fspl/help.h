// SPDX-License-Identifier: Apache-2.0
// Help texts, rendered from the command table.
#pragma once

#include <string>

#include "fspl/command_table.h"

namespace bobbin::fspl {

// Options that stand before the command's name.
extern const std::span<const OptionSpec> kGlobalOptions;

std::string program_help();
std::string command_help(const CommandSpec& command);
std::string version_text();

}  // namespace bobbin::fspl
