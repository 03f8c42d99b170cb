// SPDX-License-Identifier: Apache-2.0
// Bringing one job to its end: open, prove, run, and again after a pause if it failed and may be
// retried. What its end means for the queue is not decided here.
#pragma once

#include <functional>
#include <variant>

#include "base/log.h"
#include "fspl/processing/job_command.h"
#include "fspl/processing/proof.h"
#include "spool/decoder.h"
#include "spool/spool_directory.h"

namespace bobbin::fspl {

struct Succeeded {};
struct Failed {};  // logged already
struct Stopped {
  int signal;  // told to stop before the job had an end: it has to run again
};
using JobEnd = std::variant<Succeeded, Failed, Unproven, Stopped>;

class Attempts {
 public:
  Attempts(const SpoolDirectory& spool, const Decoder* decoder, const ProcessOptions& options,
           Supervisor& supervisor, const Log& log);

  // `while_running` is called once, in the first attempt; not at all where the packet could not be
  // proven good. Throws Error for what is not the job's failure: its file gone or replaced, its
  // command not to be started.
  JobEnd run(const ScannedJob& job, const std::function<void()>& while_running);

 private:
  JobEnd attempt(const ScannedJob& job, std::uint64_t number,
                 const std::function<void()>& while_running);

  const SpoolDirectory& spool_;
  const Decoder* decoder_;
  const ProcessOptions& options_;
  Supervisor& supervisor_;
  const Log& log_;
  JobCommand command_;
};

}  // namespace bobbin::fspl
