// SPDX-License-Identifier: Apache-2.0
// What stands in a sequence file: the next number in decimal, and a newline. The format is
// Filespooler's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bobbin {

// More than any first line that is a number and is not meant as a joke.
inline constexpr std::size_t kSequenceTextLimit = 4096;

// Only the first line counts. White space around the number (Unicode's, too), a "+" and leading
// zeros are allowed.
std::optional<std::uint64_t> parse_sequence_text(std::string_view text) noexcept;

std::string sequence_text(std::uint64_t next);

// The same for a file that a SequenceRun takes turns with another one. A second line says so, which
// readers that know only the number do not look at; blanks before the number keep every text the
// same length, so that one can be written over another.
std::string sequence_text_in_run(std::uint64_t next);
bool is_in_run(std::string_view text) noexcept;

}  // namespace bobbin
