// SPDX-License-Identifier: Apache-2.0
// Reading the values of options. nullopt: not such a value.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace bobbin::fspl {

// Decimal, >= 0, finite; no sign, no exponent.
std::optional<double> parse_seconds(std::string_view text);

// The same as a time, saturating.
std::chrono::nanoseconds nanoseconds_of_decimal(double seconds);

// The entry of `choices` that equals `text` but for the case of its ASCII letters.
std::optional<std::string_view> match_choice(std::string_view text,
                                             std::span<const std::string_view> choices);

// A signal's number, or its name with or without SIG.
std::optional<int> parse_signal(std::string_view text);

}  // namespace bobbin::fspl
