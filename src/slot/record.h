// SPDX-License-Identifier: Apache-2.0
// What a slot writes down about the jobs it runs, in a file of its own (STATE.d/slots/ID.record),
// so that a daemon that was killed finds what went on without it. A ring of kRecords records: the
// daemon starts no job in a slot whose oldest record it has not made safe in its state.
//
// The file is locked (flock) by the slot, and by nobody else, as long as the slot lives.
//
// Crash: a record is one pwrite into the page cache, which outlives the slot and the daemon, not a
// power loss; after that nothing runs, and the state counts the attempt as lost. A torn record
// (checksum) counts as not written.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/job.h"

namespace bobbin {

inline constexpr std::size_t kRecords = 64;
inline constexpr std::size_t kMaxInlineLog = 4096;  // longer logs stay in the capture file

enum class LogPlace : std::uint8_t {
  in_record,    // the whole log, in AttemptRecord::log
  in_capture,   // the whole log, in the slot's capture file (STATE.d/slots/ID.out)
  in_log_file,  // in the log file the job's start brought along
};

struct AttemptRecord {
  std::uint64_t sequence = 0;  // of the slot's jobs, from 1
  JobNumber number{};
  std::uint32_t attempt = 0;
  pid_t pid = 0;                  // 0: not started yet; it leads the job's session
  std::uint64_t pid_started = 0;  // start time of that process in ticks since boot
  WallTime started{};
  WallTime ended{};
  std::optional<AttemptEnd> end;  // nullopt: it runs
  ResourceUse use{};
  LogPlace log_place = LogPlace::in_record;
  std::string log;
};

// A record as bytes, in the file and in messages; nullopt: this is none.
std::string encode_record(const AttemptRecord& record);
std::optional<AttemptRecord> decode_record(std::string_view bytes);

// Who writes the file: what the slot puts at its beginning before anything else.
struct RecordOwner {
  pid_t pid = 0;
  std::uint64_t pid_started = 0;  // as above
  std::string boot_id;            // the numbers of processes mean nothing after another boot
};
void write_owner(int file, const RecordOwner& owner);
std::optional<RecordOwner> read_owner(int file);  // nullopt: not written, or a stranger's file
std::string current_boot_id();                    // "" if the kernel does not tell

// Makes room for the whole ring, as far as the file system can, so that no record finds a full
// disk. Throws Error.
void reserve_records(int file, const std::string& what);

// Writes a record to its place in the ring. Throws Error.
void write_record(int file, const AttemptRecord& record);

// All readable records, oldest first; a stranger's file brings none.
std::vector<AttemptRecord> read_records(int file);

}  // namespace bobbin
