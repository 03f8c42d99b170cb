// SPDX-License-Identifier: Apache-2.0
// Opening the database: is it ours, how old is it, and bringing it up to what this program knows.
#pragma once

#include <string>

#include "store/sqlite_database.h"

namespace bobbin {

// Throws Error(corrupt) if there is a file that is no state of ours; nothing is changed.
void check_is_state(const std::string& path);

// Makes it if it is not there, and migrates it. The caller has the lock of the state.
Database open_state(const std::string& path);

}  // namespace bobbin
