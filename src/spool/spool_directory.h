// SPDX-License-Identifier: Apache-2.0
// An existing spool on disk: its path as the user wrote it, and descriptors of the directories in
// it. All file names below are relative to them; nothing in a spool is reached through a path
// twice.
#pragma once

#include <string>

#include "base/fd.h"

namespace bobbin {

class SpoolDirectory {
 public:
  // Opens jobs/, which may be a link to a directory. Throws Error(not_found ...).
  explicit SpoolDirectory(const std::string& path);

  const std::string& path() const noexcept { return path_; }
  int jobs() const noexcept { return jobs_.get(); }

  std::string sequence_path() const;
  std::string job_path(std::string_view name) const;  // path() + "/jobs/" + name
  // A file's path for a message.
  std::string shown_job(std::string_view name) const;

  // The spool's directory itself, for what stands beside jobs/.
  Fd open_root() const;

 private:
  std::string path_;
  Fd jobs_;
};

// Makes a new spool: jobs/, and the sequence file with its lock unless it is append-only. Throws
// Error(exists ...).
void make_spool(const std::string& path, bool append_only);

}  // namespace bobbin
