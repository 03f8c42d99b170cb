// SPDX-License-Identifier: Apache-2.0
// What the user chose for processing, as values; the defaults are Filespooler's behaviour.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "exec/supervisor.h"

namespace bobbin::fspl {

// How a packet becomes a process; the same for stdin-process and queue-process.
struct CommandOptions {
  std::string program;
  std::vector<std::string> parameters;
  bool allow_job_parameters = false;
  bool ignore_payload = false;
  StopPolicy stop;
};

enum class Order { sequence, timestamp };
enum class OnError { retry, remove, leave };
enum class OnInvalid { stop, quarantine };
enum class OnDuplicate { error, absorb };

struct ProcessOptions {
  CommandOptions command;
  Order order = Order::sequence;
  OnError on_error = OnError::retry;
  OnInvalid on_invalid = OnInvalid::stop;
  OnDuplicate on_duplicate = OnDuplicate::error;
  std::uint64_t max_jobs = std::numeric_limits<std::uint64_t>::max();
  bool never_delete = false;
  bool save_output = false;  // stdout and stderr into JOB.fspl.out
  bool overlap_sync =
      false;  // a job may start while its predecessor's completion is being written to the disk

  std::uint64_t retries = 0;  // further attempts at a failed job, before on_error decides
  Backoff backoff;

  std::optional<std::string> verify;  // shell command that must approve the stored file
  bool require_decoder_success = false;

  bool follow = false;
  std::optional<std::chrono::nanoseconds>
      rescan;  // nullopt: where the kernel reports no arrivals, only
};

}  // namespace bobbin::fspl
