// SPDX-License-Identifier: Apache-2.0
// STATE.d, the directory beside the database: the one place that knows the names in it.
//
//   lock        held (flock) as long as a Store has the state open
//   content/F   the content of a job, if it is large; F: Entry::content_file, never used twice
//   logs/N      the log of job N, if it is large
//   slots/      what the slots keep (slot/orphan_slots.h)
//
// Everything is opened relative to its directory and no link is followed, so nothing that a
// stranger plants leads out of it. Directories have the rights 0700, files 0600.
//
// Crash: content is on the disk, its name included, before a row says that it is there. Logs are
// not synced: a power loss may take the end of one. A file that no row knows goes at the next
// start.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "jobs/job.h"

namespace bobbin {

enum class LogFileUse { read, append };

class StateDirectory {
 public:
  // Makes it if it is not there, and locks it. Throws Error: busy if another process has it.
  explicit StateDirectory(const std::string& database_path);

  // Content files. Opening for writing an existing one, or a new one, which is empty.
  Fd read_content(std::uint64_t file) const;
  Fd write_content(std::uint64_t file) const;
  Fd new_content(std::uint64_t file) const;
  // Cuts it to `size`; false if it is not there or shorter.
  bool cut_content(std::uint64_t file, std::uint64_t size) const;
  void remove_content(std::uint64_t file) const noexcept;
  void sync_content_names() const;

  Fd open_log(JobNumber number, LogFileUse use) const;
  // Renames this file to be the log, in place of what is there; returns its size. `may_be_taken`: a
  // log that is there is the one that is meant.
  std::uint64_t adopt_log(JobNumber number, const std::string& path, bool may_be_taken) const;
  void remove_log(JobNumber number) const noexcept;

  // Removes content and logs that these do not know.
  void remove_strangers(const std::function<bool(std::uint64_t file)>& has_content,
                        const std::function<bool(JobNumber)>& has_log) const;

  std::uint64_t free_bytes() const noexcept;  // for us, on its file system; 0: can't be told
  const std::string& path() const noexcept { return path_; }

 private:
  std::string shown_name(std::string_view directory, std::uint64_t number) const;

  std::string path_;
  Fd lock_;
  Fd content_;
  Fd logs_;
};

}  // namespace bobbin
