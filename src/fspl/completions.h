// SPDX-License-Identifier: Apache-2.0
// Shell completions, rendered from the command table.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bobbin::fspl {

// For "bash", "zsh" or "fish"; nullopt for any other shell.
std::optional<std::string> completions_for(std::string_view shell);

}  // namespace bobbin::fspl
