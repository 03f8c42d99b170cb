// SPDX-License-Identifier: Apache-2.0
// How a fuzzer says that it found something: a line that tests/fuzz/run knows, then abort.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace bobbin {

inline void require(bool holds, const char* finding) {
  if (holds) return;
  std::fprintf(stderr, "FOUND: %s\n", finding);
  std::abort();
}

}  // namespace bobbin
