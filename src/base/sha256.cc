// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

namespace bobbin {

Sha256::Sha256() noexcept { ::sha256_init(&state_); }

void Sha256::update(std::string_view bytes) noexcept {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  ::sha256_update(&state_, bytes.size(), data);
}

Sha256::Digest Sha256::finish() noexcept {
  Digest digest{};
  ::sha256_digest(&state_, digest.size(), digest.data());  // also starts afresh
  return digest;
}

}  // namespace bobbin
