// SPDX-License-Identifier: Apache-2.0
// Ending what a slot that died has left running.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "exec/process_tree.h"

namespace bobbin {

// Kills what `look` finds, again and again until it finds nothing, twice; for a second at most.
void kill_leftovers(const std::function<std::vector<Process>()>& look);

// Reaps the children of this process that have ended and were not started before `since`, but for
// `not_ours`.
void reap_leftovers(std::uint64_t since, const std::vector<pid_t>& not_ours);

// Whether that process was started with NAME=value in its environment; false if that can't be read.
bool has_variable(pid_t pid, const std::string& variable);

}  // namespace bobbin
