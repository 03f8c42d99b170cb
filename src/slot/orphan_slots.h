// SPDX-License-Identifier: Apache-2.0
// Slots of a daemon that is gone, found in STATE.d/slots: living ones still run a job and are
// watched to their end; dead ones left records, and perhaps processes that nobody waits for.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "slot/record.h"

namespace bobbin {

class OrphanSlot {
 public:
  unsigned id() const noexcept { return id_; }
  // Readable when it has exited; -1: it is dead already.
  int fd() const noexcept { return process_.get(); }
  bool is_alive() const noexcept { return process_.is_open(); }

  // It wrote down everything it began, and nothing of that can be missing: there was no power loss.
  bool is_of_this_boot() const;
  // What it has written so far. Read again once it has exited.
  std::vector<AttemptRecord> records() const;
  std::string capture_path() const;  // its log, where a record says in_capture or it was lost
  std::shared_ptr<const Fd> capture() const;

  // Ends its job (TERM, grace, KILL) as shut_down, after which it exits.
  void kill() noexcept;
  // For one that died: kills what is left of the job it ran, as far as its environment can be read:
  // the processes of its session and, if the name of the job is known, those that left it.
  void sweep(const std::string& job_name, const std::string& queue) noexcept;
  // Removes its files. For dead ones whose records are safe in the state.
  void forget();

 private:
  friend std::vector<OrphanSlot> find_orphan_slots(const std::string& slots_directory);
  unsigned id_ = 0;
  std::string directory_;
  Fd record_file_;
  Fd process_;  // pidfd
};

// All that are there. The caller holds the lock of the state, so nobody starts new ones meanwhile.
std::vector<OrphanSlot> find_orphan_slots(const std::string& slots_directory);

}  // namespace bobbin
