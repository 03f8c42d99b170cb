// SPDX-License-Identifier: Apache-2.0
// What the daemon and a slot say to each other. Both are built together, so a version byte is all
// that a daemon and the slot of another build need to refuse each other.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/fd.h"
#include "slot/channel.h"
#include "slot/record.h"

namespace bobbin {

// The descriptors that a slot begins its life with.
inline constexpr int kSlotSocket = 3;
inline constexpr int kSlotRecord = 4;
inline constexpr int kSlotSandbox = 5;  // if any

inline constexpr std::size_t kMaxInlineContent = 16 * 1024;
inline constexpr std::size_t kMaxEarlierLog = 16 * 1024;

// Daemon to slot: run this.
struct RunRequest {
  std::uint64_t sequence = 0;
  JobNumber number{};
  std::uint32_t attempt = 0;
  std::string name;
  std::string directory;
  std::vector<std::string> environment;  // NAME=value, on top of the slot's own
  bool changes_identity = false;         // to the following three
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  bool is_sandboxed = false;
  std::chrono::nanoseconds timeout{0};
  std::chrono::nanoseconds grace{0};
  std::uint64_t max_output = 0;
  std::string content;
  std::string log;
  Fd content_file;  // instead of content, if open
  Fd log_file;      // instead of log and the capture file, if open
  Fd capture;       // from now on the capture file, if open
};

// Daemon to slot: end the job, unless another one runs by now.
struct KillRequest {
  JobNumber number{};
  std::uint32_t attempt = 0;
  AttemptEnd reason{};
};

// Slot to daemon.
struct StartReport {
  JobNumber number{};
  std::uint32_t attempt = 0;
  pid_t pid = 0;
};
struct EndReport {
  AttemptRecord record;
  // Something of the job could not be killed: the slot takes no further one, and exits.
  bool slot_retires = false;
};

using Request = std::variant<RunRequest, KillRequest>;
using Report = std::variant<StartReport, EndReport>;

// What goes beside it: descriptors_of.
std::string encode(const RunRequest& request);
std::string encode(const KillRequest& request);
std::string encode(const StartReport& report);
std::string encode(const EndReport& report);
std::vector<int> descriptors_of(const RunRequest& request);

// nullopt: not understood.
std::optional<Request> decode_request(ReceivedMessage message);
std::optional<Report> decode_report(std::string_view bytes);

}  // namespace bobbin
