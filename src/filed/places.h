// SPDX-License-Identifier: Apache-2.0
// Where things are at the start: the mountpoint, the state, the slot program; and what filed
// refuses to start with.
#pragma once

#include <string>

namespace bobbin {

struct Places {
  std::string mountpoint;       // absolute, without links
  std::string state;            // absolute
  std::string state_directory;  // in which the state stands; made if it is missing
  std::string slot_program;
};

// Throws Error with what to do: no such mountpoint, not a directory, the state below the
// mountpoint (where nobody could reach it once the queue is mounted), no slot program.
Places find_places(const std::string& mountpoint, const std::string& state);

}  // namespace bobbin
