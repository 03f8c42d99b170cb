// SPDX-License-Identifier: Apache-2.0
// The Store as a model: everything in plain containers, nothing indexed, nothing kept. Tests
// compare the others with it, and the simulation runs on it.
#pragma once

#include <memory>

#include "jobs/store.h"

namespace bobbin {

std::unique_ptr<Store> make_memory_store(const Config& config, const NodeAttributes& directory,
                                         ChangeObserver& observer, WakeUp& wake);

}  // namespace bobbin
