// SPDX-License-Identifier: Apache-2.0
#include "spool/sequence_text.h"

#include <array>

#include "base/number.h"
#include "base/utf8.h"

namespace bobbin {
namespace {

// Unicode's White_Space property, in UTF-8.
constexpr std::array<std::string_view, 24> kWhiteSpace{
    "\t",           "\v",           "\f",           "\r",           " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

constexpr std::string_view kInRun = "in a run";
constexpr std::size_t kWidthInRun = 21;  // of the longest number and its newline

bool trim_front(std::string_view& text) noexcept {
  for (const std::string_view space : kWhiteSpace) {
    if (text.starts_with(space)) return text.remove_prefix(space.size()), true;
  }
  return false;
}

bool trim_back(std::string_view& text) noexcept {
  for (const std::string_view space : kWhiteSpace) {
    if (text.ends_with(space)) return text.remove_suffix(space.size()), true;
  }
  return false;
}

}  // namespace

std::optional<std::uint64_t> parse_sequence_text(std::string_view text) noexcept {
  std::string_view line = text.substr(0, text.find('\n'));
  if (!is_utf8(line)) return std::nullopt;
  while (trim_front(line)) {
  }
  while (trim_back(line)) {
  }
  return parse_number(line);
}

std::string sequence_text(std::uint64_t next) { return std::to_string(next) + '\n'; }

std::string sequence_text_in_run(std::uint64_t next) {
  std::string text = sequence_text(next);
  if (text.size() < kWidthInRun) text.insert(0, kWidthInRun - text.size(), ' ');
  text += kInRun;
  text += '\n';
  return text;
}

bool is_in_run(std::string_view text) noexcept {
  const std::size_t newline = text.find('\n');
  return newline != text.npos && text.substr(newline + 1).starts_with(kInRun);
}

}  // namespace bobbin
