// SPDX-License-Identifier: Apache-2.0
// What the name of a job means, and making fresh ones. Names come from strangers: any bytes that a
// file name may have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "jobs/job.h"

namespace bobbin {

inline constexpr std::size_t kMaxNameBytes = 255;

// A name that an editor or a copying program gives to what is not finished: begins with '.' or '#',
// or ends with '~'. Such a job never runs until it is renamed.
bool is_unfinished_name(std::string_view name) noexcept;

// Fresh names for jobs: 14 characters of time and chance (lower-case letters and digits), rising
// within one object. Equal names from two machines or two runs are as likely as a clock that stands
// still while a 20-bit dice repeats itself.
class NameSource {
 public:
  std::string next(WallTime now, std::uint32_t random_bits);

 private:
  std::uint64_t last_ = 0;
};

}  // namespace bobbin
