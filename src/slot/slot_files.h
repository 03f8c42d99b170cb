// SPDX-License-Identifier: Apache-2.0
// The files of a slot in STATE.d/slots.
#pragma once

#include <fmt/format.h>

#include <string>

namespace bobbin {

inline constexpr const char* kRecordEnding = ".record";
inline constexpr const char* kCaptureEnding = ".out";

inline std::string record_path(const std::string& slots_directory, unsigned id) {
  return fmt::format("{}/{}{}", slots_directory, id, kRecordEnding);
}
inline std::string capture_path(const std::string& slots_directory, unsigned id) {
  return fmt::format("{}/{}{}", slots_directory, id, kCaptureEnding);
}

}  // namespace bobbin
