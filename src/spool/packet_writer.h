// SPDX-License-Identifier: Apache-2.0
// Putting a packet into a spool: written and synced under a name that no scan looks at, then
// renamed, then the directory synced. No lock is needed, and append-only spools take packets as
// well.
//
// Crash: until publish() the packet does not exist for anybody; what a dead writer leaves is a
// temporary file, which queue-gc removes.
#pragma once

#include <string>

#include "base/fd.h"
#include "spool/spool_directory.h"

namespace bobbin {

class PacketWriter {
 public:
  explicit PacketWriter(const SpoolDirectory& spool);

  int fd() const noexcept { return file_.get(); }
  const std::string& job_name() const noexcept { return name_; }
  // The file that is written, for messages.
  std::string what() const;

  // On the disk, but not yet visible.
  void sync();
  // Visible and on the disk when it returns. Once only.
  void publish();
  // Removes what was written, instead of publishing it.
  void discard() noexcept;

 private:
  const SpoolDirectory& spool_;
  std::string name_;
  Fd file_;
  bool synced_ = false;
};

}  // namespace bobbin
