// SPDX-License-Identifier: Apache-2.0
// The Store of one machine. All jobs stand in memory (what is looked at or claimed needs no disk);
// an SQLite database (WAL) beside it is written in groups: whoever must wait first writes for all
// who wait by then, in one transaction with one sync. Content and logs that are not small are files
// in STATE.d/.
//
// Crash: see state_directory.h for what is on the disk.
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "jobs/store.h"

namespace bobbin {

enum class SyncMode : std::uint8_t {
  full,  // what is durable survives a power loss
  lazy,  // nothing waits for the disk: a crash or power loss may forget the last moments
};

struct SqliteStoreOptions {
  std::string path;  // of the database; STATE.d stands beside it as PATH.d
  SyncMode sync = SyncMode::full;
  Config first_config;             // the settings of a new state
  NodeAttributes first_directory;  // of the root and the four directories of a new state
};

// Opens or creates it and loads it. Throws Error: busy if another process has it, corrupt if it is
// no state of ours or damaged, denied, no_space, ... `observer` and `wake` outlive the Store.
std::unique_ptr<Store> open_sqlite_store(const SqliteStoreOptions& options,
                                         ChangeObserver& observer, WakeUp& wake, const Log& log);

}  // namespace bobbin
