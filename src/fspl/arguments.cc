// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>

#include "base/number.h"
#include "fspl/command_table.h"
#include "fspl/value_text.h"

namespace bobbin::fspl {

std::size_t Arguments::index_of(std::string_view option) const {
  for (std::size_t i = 0; i < command_.options.size(); ++i) {
    if (command_.options[i].name == option) return i;
  }
  std::fprintf(stderr, "fspl: a command asks for an option it does not declare\n");
  std::abort();
}

const std::optional<std::string>& Arguments::value(std::string_view option) const {
  return values_[index_of(option)];
}

std::optional<std::uint64_t> Arguments::number(std::string_view option) const {
  const auto& text = value(option);
  return text ? parse_number(*text) : std::nullopt;
}

std::optional<double> Arguments::seconds(std::string_view option) const {
  const auto& text = value(option);
  return text ? parse_seconds(*text) : std::nullopt;
}

std::optional<std::string_view> Arguments::choice(std::string_view option) const {
  const std::size_t index = index_of(option);
  if (!values_[index]) return std::nullopt;
  return match_choice(*values_[index], command_.options[index].choices);
}

std::optional<int> Arguments::signal(std::string_view option) const {
  const auto& text = value(option);
  return text ? parse_signal(*text) : std::nullopt;
}

}  // namespace bobbin::fspl
