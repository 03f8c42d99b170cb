// SPDX-License-Identifier: Apache-2.0
// How a job's content is run: by its interpreter if it begins with #!, without a shell if it is a
// plain command, by /bin/sh otherwise.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace bobbin {

// Larger ones can't be a parameter (128 KiB, MAX_ARG_STRLEN): the shell reads them from a file.
inline constexpr std::size_t kMaxShellParameter = 120 * 1024;

// A command line as it means something, without the newlines at its end.
std::string_view without_last_newlines(std::string_view content) noexcept;

bool is_script(std::string_view content) noexcept;  // begins with #!

// The words of a command of which no shell would make anything else: one line, no character that a
// shell interprets, no assignment, builtin or keyword at its beginning. nullopt: it needs a shell.
std::optional<std::vector<std::string>> simple_command(std::string_view content);

// The parameters of /bin/sh for it; at most kMaxShellParameter long.
std::vector<std::string> shell_parameters(std::string_view content);

// The content in a file without a name, executable and readable by everybody who has its
// descriptor, as path_of names it. Throws Error.
Fd make_script(std::string_view content);
std::string path_of(const Fd& script);

}  // namespace bobbin
