// SPDX-License-Identifier: Apache-2.0
// SHA-256 of bytes that come in pieces; libnettle does the work.
#pragma once

#include <nettle/sha2.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace bobbin {

class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, SHA256_DIGEST_SIZE>;

  Sha256() noexcept;

  void update(std::string_view bytes) noexcept;
  // The digest of all that was given since construction or the last finish.
  Digest finish() noexcept;

 private:
  sha256_ctx state_;
};

}  // namespace bobbin
