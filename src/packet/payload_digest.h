// SPDX-License-Identifier: Apache-2.0
// The claim of a packet about its payload, which the format itself does not protect: size and
// SHA-256 travel as two variables, BOBBIN_SIZE and BOBBIN_SHA256, so that a receiver that knows
// nothing of them still runs the packet. Nothing is hashed or compared here.
#pragma once

#include <bobbin/packet.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

namespace bobbin {

struct PayloadDigest {
  std::uint64_t size = 0;  // in bytes
  std::array<std::uint8_t, 32> sha256{};

  friend bool operator==(const PayloadDigest&, const PayloadDigest&) = default;
};

// A claim that cannot be checked: treat the packet as damaged.
struct MalformedDigest {
  std::string_view reason;  // one clause for a user
};

// Replaces whatever the packet claimed before.
void add_digest(PacketHeader& header, const PayloadDigest& digest);

// std::monostate if the packet claims nothing. Both variables must be there, once each.
std::variant<std::monostate, PayloadDigest, MalformedDigest> find_digest(
    const PacketHeader& header);

// Whether a variable of this name (without FSPL_SET_) is half of a claim.
bool is_digest_variable(std::string_view name) noexcept;

}  // namespace bobbin
