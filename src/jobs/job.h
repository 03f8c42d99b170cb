// SPDX-License-Identifier: Apache-2.0
// A job of a queue: what it is, where it stands and how its last attempt went. Plain values; the
// rules that change them are in transitions.h, the place that keeps them is a Store (store.h).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bobbin {

// Never reused, not even after the job is gone. From 1.
enum class JobNumber : std::uint64_t {};

// The directory in which the job stands, and its name there.
enum class JobState : std::uint8_t { pending, active, failed, complete };
inline constexpr JobState kJobStates[] = {JobState::pending, JobState::active, JobState::failed,
                                          JobState::complete};
std::string_view name_of(JobState state) noexcept;

// Time of day, as files have it.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// How an attempt ended. What the job did itself is never mixed up with what was done to it.
enum class EndKind : std::uint8_t {
  exited,           // value: exit status
  signalled,        // value: signal; it died by itself or somebody else killed it
  timed_out,        // we ended it at its time-out
  killed,           // we ended it because a user removed or renamed it; value: that user's uid
  output_limit,     // we ended it because its log grew beyond max_output
  could_not_start,  // value: errno
  lost,             // nobody knows: its slot died, or the machine did
  shut_down,        // we ended it because filed was stopping
};

struct AttemptEnd {
  EndKind kind = EndKind::lost;
  int value = 0;

  friend bool operator==(const AttemptEnd&, const AttemptEnd&) = default;
};

bool succeeded(const AttemptEnd& end) noexcept;  // exited with 0

// "exit status 3", "signal: killed", "timeout after 5s", "could not start: No such file or
// directory", "lost: ..." and so on: what the log and the reason attribute say.
std::string describe(const AttemptEnd& end, std::chrono::nanoseconds timeout);

struct ResourceUse {
  std::chrono::nanoseconds wall{0};
  std::chrono::nanoseconds user{0};
  std::chrono::nanoseconds system{0};
  std::uint64_t peak_rss_bytes = 0;

  friend bool operator==(const ResourceUse&, const ResourceUse&) = default;
};

// The last attempt of a job.
struct Attempt {
  std::uint32_t number =
      0;          // from 1 over the whole life of the job, never reset: the fencing token
  pid_t pid = 0;  // 0: not known
  WallTime started{};
  WallTime ended{};                              // as long as `end` is there
  std::optional<AttemptEnd> end = std::nullopt;  // nullopt: it runs
  ResourceUse use{};

  friend bool operator==(const Attempt&, const Attempt&) = default;
};

struct Job {
  JobNumber number{};
  std::string name;
  JobState state = JobState::pending;

  mode_t mode = 0640;  // permission bits only
  uid_t uid = 0;
  gid_t gid = 0;
  WallTime created{};
  WallTime modified{};  // mtime: last write, or as set; in the future: not before that time
  WallTime changed{};   // ctime

  std::uint64_t content_size = 0;
  bool has_log_file = false;   // its log is in a file of its own, which the next attempt continues
  std::uint64_t log_size = 0;  // of the log at rest; a running one has its size on the disk

  // Closed by its last writer with content that is safe; false: waits for content, or is being
  // written.
  bool submitted = false;
  std::uint64_t order = 0;    // place in line: the order of submissions
  std::int32_t priority = 0;  // larger runs earlier
  WallTime next_start{};      // back-off: not before that time

  std::uint32_t failures =
      0;  // attempts that count against max_retries since the last (re)submission
  std::uint32_t lost_in_row = 0;  // attempts lost one after another
  std::optional<Attempt> last_attempt = std::nullopt;
};

}  // namespace bobbin
