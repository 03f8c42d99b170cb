// SPDX-License-Identifier: Apache-2.0
// Store: the jobs of one queue, their content and logs, its settings. The mount and the scheduler
// meet here and nowhere else. Each function is one transaction: all of it happened, or none. What
// it may do to a job is decided by transitions.h, so implementations differ in where they keep
// things only; tests/store compares them.
//
// Durability has classes. A function changes what everybody sees at once; persist() waits until
// that can't be forgotten: `recorded` survives a crash of this program, `durable` a power loss.
// Claims and ends of attempts need no waiting: what was not written is run again or told again.
//
// Content is accepted when a commit() of it completed. A job runs only if its content was accepted,
// is not empty, and nobody has it open for writing.
//
// Names are unique over all four directories.
//
// Threads: any thread may call anything. Nothing waits for the disk but persist's completion and
// reading what is not in memory. Completions are called from any thread, once, without a lock held.
//
// Crash: after a crash, or a power loss, the next Store on the same files has what was persisted
// that way. An attempt that was running is still `active` in it; who ran it knows more
// (docs/architecture.md: slots).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "jobs/change.h"
#include "jobs/config.h"
#include "jobs/job.h"
#include "jobs/transitions.h"

namespace bobbin {

enum class Durability : std::uint8_t { recorded, durable };

// nullptr: it is done. Otherwise the Error.
using Completion = std::function<void(std::exception_ptr)>;

struct NewJob {
  std::string name;  // 1..kMaxNameBytes bytes, no '/', no NUL
  mode_t mode = 0640;
  uid_t uid = 0;
  gid_t gid = 0;
};

struct Created {
  Verdict verdict = Verdict::done;
  JobNumber number{};
};

struct AttributeChange {
  std::optional<mode_t> mode = std::nullopt;
  std::optional<uid_t> uid = std::nullopt;
  std::optional<gid_t> gid = std::nullopt;
  std::optional<WallTime> modified = std::nullopt;
};

// What the mount shows beside the jobs, and keeps the rights of.
enum class FixedNode : std::uint8_t {
  root,
  pending,
  active,
  failed,
  complete,
  new_id,
  config,
  status,
  metrics,
  events,
};
inline constexpr std::size_t kFixedNodes = 10;
FixedNode directory_of(JobState state) noexcept;

struct NodeAttributes {
  mode_t mode = 0;  // permission bits only
  uid_t uid = 0;
  gid_t gid = 0;
  WallTime modified{};
  WallTime changed{};

  friend bool operator==(const NodeAttributes&, const NodeAttributes&) = default;
};

struct Rename {
  JobState to = JobState::pending;
  std::string name;
  bool replace = true;                          // false: RENAME_NOREPLACE
  uid_t by = 0;                                 // who asks
  std::optional<JobState> from = std::nullopt;  // where it must stand still, or it is no_such_job
};

struct Counts {
  std::uint64_t jobs[4] = {};              // by JobState
  std::uint64_t waiting = 0;               // pending, startable, due now or later
  std::optional<WallTime> oldest_waiting;  // the submission that has been startable and due longest
  std::uint64_t attempts_ended = 0;        // since this Store was opened
  std::uint64_t attempts_failed = 0;
  std::uint64_t retries = 0;
  std::uint64_t free_bytes = 0;  // where the state lives, for us
  std::string trouble;           // why the last write of the state failed; "": it did not
};

struct LogStat {
  std::uint64_t size = 0;
  WallTime modified{};
};

// A job that is to start. Whoever takes it answers with finish() or give_back().
struct Claim {
  JobNumber number{};
  std::uint32_t attempt = 0;
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string content;  // small content; or else:
  Fd content_file;      // open for reading, at its beginning
  std::string log;      // a small log of earlier attempts, which the new one continues; or else:
  Fd log_file;          // a large one, open for appending
};

enum class KillReason : std::uint8_t { removed, set_aside, rerun };
struct Kill {
  JobNumber number{};
  std::uint32_t attempt = 0;
  KillReason reason = KillReason::removed;
  uid_t by = 0;  // the user who removed or renamed it
};

// The end of an attempt.
struct Finished {
  JobNumber number{};
  std::uint32_t attempt = 0;
  AttemptEnd end{};
  ResourceUse use{};
  pid_t pid = 0;
  WallTime started{};
  WallTime ended{};
  // The whole log, earlier attempts included, if it is small; or else:
  std::string log;
  // The path of a file that becomes the log (renamed away); or, if both are empty and the claim had
  // a log_file, that file has it all.
  std::string log_path;
  // An earlier run of this program may have taken that file, and died before it recorded it.
  bool log_may_be_taken = false;
};

class Store {
 public:
  virtual ~Store() = default;

  // ---- for both
  virtual Config config() const = 0;
  virtual void set_config(const Config& config) = 0;
  virtual std::optional<Job> find(JobNumber number) const = 0;
  virtual Counts counts(WallTime now) const = 0;
  // Waits until everything that was changed before the call is recorded or durable.
  virtual void persist(Durability durability, Completion done) = 0;

  // ---- for the mount: looking
  virtual std::optional<Job> find_named(std::string_view name) const = 0;
  // Jobs in this directory with a number above `after`, in order of number, at most `limit`.
  virtual std::vector<Job> list(JobState state, JobNumber after, std::size_t limit) const = 0;
  virtual NodeAttributes attributes(FixedNode node) const = 0;
  // Up to `size` bytes from `offset`; nullopt: no such job.
  virtual std::optional<std::string> read_content(JobNumber number, std::uint64_t offset,
                                                  std::size_t size) const = 0;
  // The log as it is now: of the running attempt, or of all so far. Never another job's.
  virtual std::optional<std::string> read_log(JobNumber number, std::uint64_t offset,
                                              std::size_t size) const = 0;
  virtual std::optional<LogStat> stat_log(JobNumber number) const = 0;

  // ---- for the mount: changing
  // A new, empty job in pending/, open for writing once (close_writing ends that).
  virtual Created create(const NewJob& job, WallTime now) = 0;
  virtual Verdict open_writing(JobNumber number) = 0;
  virtual void close_writing(JobNumber number, WallTime now) = 0;
  virtual Verdict write(JobNumber number, std::uint64_t offset, std::string_view bytes,
                        WallTime now) = 0;
  virtual Verdict truncate(JobNumber number, std::uint64_t size, WallTime now) = 0;
  // Makes the content of this job durable, and so accepted. Completes at once if there is nothing
  // to do. After an error the job is as before its first unaccepted write, for the scheduler: it
  // does not run before a later commit succeeds.
  virtual void commit(JobNumber number, Completion done) = 0;
  // From active: gone from the listing at once, the killing goes on behind it.
  // `from`: where it must stand still, or it is no_such_job.
  virtual Verdict remove(JobNumber number, uid_t by, WallTime now,
                         std::optional<JobState> from = std::nullopt) = 0;
  virtual Verdict rename(JobNumber number, const Rename& rename, WallTime now) = 0;
  virtual Verdict change(JobNumber number, const AttributeChange& change, WallTime now) = 0;
  virtual Verdict set_priority(JobNumber number, std::int32_t priority, WallTime now) = 0;
  virtual void change(FixedNode node, const AttributeChange& change, WallTime now) = 0;

  // ---- for the scheduler
  // Takes up to `limit` due jobs, best first (priority, then order of submission); each is active
  // from now on.
  virtual std::vector<Claim> claim(std::size_t limit, WallTime now) = 0;
  // When the next waiting job comes due (a time not after `now`: one is due already).
  virtual std::optional<WallTime> next_due() const = 0;
  // Where the log of a running attempt grows, and its process, as soon as they are known. The
  // descriptor is shared with readers for as long as they read.
  virtual void began(JobNumber number, std::uint32_t attempt, pid_t pid,
                     std::shared_ptr<const Fd> log) = 0;
  // Records the end of an attempt and where that leads. False, and without effect, if the job is
  // not running that attempt (its log_path is removed). `jitter`: see after_attempt.
  virtual bool finish(const Finished& finished, WallTime now, double jitter) = 0;
  // A claim that never started: pending again as if it had not been claimed.
  virtual void give_back(JobNumber number, std::uint32_t attempt, WallTime now) = 0;
  // An attempt that a slot knows to be running although the last run of this program did not live
  // to record its claim: makes it active. False if the job or that attempt can't be (it is gone, or
  // has a later attempt).
  virtual bool resume(JobNumber number, std::uint32_t attempt, WallTime started) = 0;
  // Attempts that are active: after a restart, those to be accounted for.
  virtual std::vector<Job> running() const = 0;
  // Attempts to be ended because of what users did since the last call.
  virtual std::vector<Kill> take_kills() = 0;
  // Removes ended jobs that were kept long enough; returns when to look again.
  virtual std::optional<WallTime> retire(WallTime now) = 0;
};

}  // namespace bobbin
