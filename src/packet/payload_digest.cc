// SPDX-License-Identifier: Apache-2.0
#include "packet/payload_digest.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace bobbin {
namespace {

constexpr std::string_view kSizeName = "BOBBIN_SIZE";
constexpr std::string_view kSha256Name = "BOBBIN_SHA256";

// Only as add_digest writes it: one number, one spelling.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return size;
}

std::optional<unsigned> parse_hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  return std::nullopt;
}

bool parse_sha256(std::string_view text, std::array<std::uint8_t, 32>& sha256) noexcept {
  if (text.size() != 2 * sha256.size()) return false;
  for (std::size_t i = 0; i < sha256.size(); ++i) {
    const auto high = parse_hex_digit(text[2 * i]);
    const auto low = parse_hex_digit(text[2 * i + 1]);
    if (!high || !low) return false;
    sha256[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return true;
}

}  // namespace

bool is_digest_variable(std::string_view name) noexcept {
  return name == kSizeName || name == kSha256Name;
}

void add_digest(PacketHeader& header, const PayloadDigest& digest) {
  std::erase_if(header.variables,
                [](const PacketVariable& v) { return is_digest_variable(v.name); });
  std::string hex;
  for (const std::uint8_t byte : digest.sha256) hex += fmt::format("{:02x}", byte);
  header.variables.push_back({std::string(kSizeName), fmt::to_string(digest.size)});
  header.variables.push_back({std::string(kSha256Name), std::move(hex)});
}

std::variant<std::monostate, PayloadDigest, MalformedDigest> find_digest(
    const PacketHeader& header) {
  const std::string* size_text = nullptr;
  const std::string* sha256_text = nullptr;
  for (const PacketVariable& variable : header.variables) {
    if (!is_digest_variable(variable.name)) continue;
    const std::string*& text = variable.name == kSizeName ? size_text : sha256_text;
    if (text != nullptr) return MalformedDigest{"it claims two digests"};
    text = &variable.value;
  }
  if (size_text == nullptr && sha256_text == nullptr) return std::monostate{};
  if (size_text == nullptr) return MalformedDigest{"its digest lacks the size"};
  if (sha256_text == nullptr) return MalformedDigest{"its digest lacks the SHA-256"};
  PayloadDigest digest;
  const auto size = parse_size(*size_text);
  if (!size) return MalformedDigest{"the size in its digest is not a number of bytes"};
  digest.size = *size;
  if (!parse_sha256(*sha256_text, digest.sha256)) {
    return MalformedDigest{"the SHA-256 in its digest is not 64 lower-case hexadecimal digits"};
  }
  return digest;
}

}  // namespace bobbin
