// SPDX-License-Identifier: Apache-2.0
// A job as it stands in memory. A hundred thousand of them may wait, so what only some have (an
// attempt, an unaccepted change) is behind a pointer.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "jobs/job.h"

namespace bobbin {

// A content or log of up to so many bytes stands in the database, a larger one in a file.
inline constexpr std::size_t kMaxInRow = 4096;

// Content that is open for writing, or was changed since it was accepted.
struct Draft {
  std::uint32_t writers = 0;
  std::uint64_t changes = 0;  // since it was accepted; 0: it is accepted
  std::uint64_t accepted_size = 0;
  std::uint64_t accepted_file = 0;  // Entry::content_file then: those bytes are not to be touched
  std::shared_ptr<const Fd> file;   // content_file, open for writing
  std::exception_ptr spoiled;       // a write failed: not accepted before it was tried again
  std::uint64_t spoiled_from = 0;   // where that write began
  // What a snapshot that is being written counts on, besides the accepted.
  std::uint64_t saving_file = 0;
  std::uint64_t saving_size = 0;
  std::vector<std::uint64_t> old_files;  // to be removed when the next content is accepted
};

// Attempts so far.
struct History {
  Attempt last;               // that has ended; number 0: none
  std::uint32_t running = 0;  // the number of the one that runs or is still being ended; 0: none
  pid_t pid = 0;
  WallTime started{};
  std::shared_ptr<const Fd> running_log;
  std::uint64_t log_size = 0;
  bool log_in_file = false;
  std::optional<std::string> unsaved_log;  // a small log that the database does not have yet
};

struct Entry {
  // In which of the table's orders it stands.
  enum class Place : std::uint8_t { none, delayed, ready, ended };

  JobNumber number{};
  std::string name;
  std::string content;  // unless it is in a file
  WallTime created{};
  WallTime modified{};
  WallTime changed{};
  WallTime next_start{};
  std::uint64_t order = 0;  // 0: it gets one when it is submitted
  std::uint64_t content_size = 0;
  std::uint64_t content_file = 0;  // number of the file in STATE.d/content; 0: none, it is small
  std::unique_ptr<Draft> draft;
  std::unique_ptr<History> history;
  uid_t uid = 0;
  gid_t gid = 0;
  std::int32_t priority = 0;
  std::uint32_t failures = 0;
  std::uint32_t lost_in_row = 0;
  std::uint16_t mode = 0;
  JobState state = JobState::pending;
  bool submitted : 1 = false;
  bool is_dirty : 1 = false;     // the database has another row
  bool content_due : 1 = false;  // its next row brings the content along
  bool is_among_running : 1 = false;
  Place place : 2 = Place::none;

  bool is_accepted() const { return draft == nullptr || draft->changes == 0; }
  std::uint32_t running() const { return history ? history->running : 0; }
};
static_assert(sizeof(Entry) <= 168);

Job job_of(const Entry& entry);

// Since when it has been, or from when it will be, startable and due.
WallTime waits_since(const Entry& entry);

}  // namespace bobbin
