// SPDX-License-Identifier: Apache-2.0
// The command line of filed: what must be known before the mount; everything else is in
// config.json.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "filed/sandbox.h"
#include "store/sqlite_store.h"

namespace bobbin {

struct Options {
  std::string mountpoint = {};
  std::optional<std::string> state = std::nullopt;  // --state
  bool allow_other = false;
  bool run_as_submitter = false;
  std::optional<int> ready_fd = std::nullopt;
  SyncMode sync = SyncMode::full;
  LogLevel log_level = LogLevel::info;
  std::vector<SandboxPath> sandbox = {};  // empty: none
};

// What the program is to do instead, or because of its command line.
struct Answer {
  std::string text;
  int exit_status = 0;  // 0: the text goes to stdout; otherwise to stderr
};

// `arguments` is argv. Options and the mountpoint may come in any order, long options with one dash
// or two.
std::variant<Options, Answer> parse_options(int count, char** arguments);

// Where the state is: --state, $FILED_STATE_FILE, $XDG_DATA_HOME/filed.db, ~/.local/share/filed.db.
// Throws Error(invalid) if there is no place for it.
std::string state_path(const Options& options);

}  // namespace bobbin
