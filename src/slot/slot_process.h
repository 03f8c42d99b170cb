// SPDX-License-Identifier: Apache-2.0
// The daemon's side of a slot: a small process (filed-slot) that runs one job at a time and lives
// for many. Starting a job is one message; its end is one message. See slot_loop.h for the other
// side.
//
// Threads: one thread has all SlotProcess objects.
//
// Crash: a slot whose daemon is gone lets its job end, writes it down (record.h) and exits; one
// without a job exits at once. A daemon that starts finds both in STATE.d/slots (orphan_slots.h).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/fd.h"
#include "exec/environment.h"
#include "slot/record.h"

namespace bobbin {

struct RunRequest;

// The same for every job of a slot; when the settings change, new slots replace idle ones.
struct SlotSetup {
  std::string program;            // path of filed-slot
  std::string slots_directory;    // STATE.d/slots
  Environment environment;        // of the jobs, without FILED_JOB, FILED_ATTEMPT, FILED_QUEUE
  std::string queue;              // FILED_QUEUE: the mountpoint
  std::string directory;          // where jobs run; "": the home of the user they run as
  bool run_as_submitter = false;  // each job as the user who created it (root only)
  int sandbox = -1;               // a Landlock ruleset that each job enters; -1: none; borrowed
};

struct SlotJob {
  JobNumber number{};
  std::uint32_t attempt = 0;
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string content;
  Fd content_file;                      // instead of `content`, if open
  std::string log;                      // of earlier attempts; at most kMaxEarlierLog
  Fd log_file;                          // instead of `log`, if open: open for reading and appending
  std::chrono::nanoseconds timeout{0};  // 0: none
  std::chrono::nanoseconds grace{0};
  std::uint64_t max_output = 0;  // 0: no limit
};

struct SlotStarted {
  JobNumber number{};
  std::uint32_t attempt = 0;
  pid_t pid = 0;
};
struct SlotEnded {
  AttemptRecord record;
  std::string log_path;  // the capture file, if the log stays there: to be renamed away
};
// Its job, if it had one, is lost; a SlotEnded came before this if that had ended.
struct SlotDied {
  std::string log_path;  // the capture file, if the lost job's log is there: to be renamed away
};
using SlotEvent = std::variant<SlotStarted, SlotEnded, SlotDied>;

class SlotProcess {
 public:
  // Starts one. Throws Error(exists) if a slot of that id left files that were not forgotten.
  SlotProcess(const SlotSetup& setup, unsigned id);
  SlotProcess(SlotProcess&&) noexcept;
  SlotProcess& operator=(SlotProcess&&) noexcept;
  // Closes the connection: an idle slot exits (waited for, for a moment), a busy one lets its job
  // end. The files go too if everything in them is recorded.
  ~SlotProcess();

  unsigned id() const noexcept;
  pid_t pid() const noexcept;
  int fd() const noexcept;  // readable when receive() has something

  // Idle, and its records have room.
  bool can_run() const noexcept;
  bool is_idle() const noexcept;

  // Never waits. Throws Error if the slot is gone.
  void run(SlotJob job);
  // The log of the job that was given last, while it runs.
  std::shared_ptr<const Fd> log() const;
  // TERM, grace, KILL for every process of the job. Without effect if it ended meanwhile.
  void kill(JobNumber number, std::uint32_t attempt, AttemptEnd reason);

  // Never waits. After SlotDied comes nothing any more.
  std::optional<SlotEvent> receive();

  // After SlotDied, before its job may run again: kills what the job left. Those are the processes
  // that this one, which must be a child subreaper, has inherited since the slot's start, but for
  // `other_slots` and what is theirs.
  void sweep(const std::vector<pid_t>& other_slots) noexcept;

  // The ends of all jobs that receive() has told are safe in the state up to this sequence.
  void recorded(std::uint64_t sequence) noexcept;
  std::uint64_t last_sequence() const noexcept;

 private:
  struct State;
  RunRequest request_for(SlotJob job) const;
  SlotEvent note_end(AttemptRecord record);
  SlotEvent note_death();

  std::unique_ptr<State> state_;
};

}  // namespace bobbin
