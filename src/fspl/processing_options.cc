// SPDX-License-Identifier: Apache-2.0
#include "fspl/processing_options.h"

#include "exec/deadline.h"
#include "fspl/value_text.h"

namespace bobbin::fspl {
namespace {

constexpr double kDefaultGrace = 10;

}  // namespace

CommandOptions command_options(const Arguments& arguments) {
  CommandOptions options;
  options.program = arguments.positionals()[0];
  options.parameters = arguments.parameters();
  options.allow_job_parameters = arguments.has("allow-job-params");
  options.ignore_payload = arguments.has("ignore-payload");
  const std::uint64_t timeout = arguments.number("timeout").value_or(0);
  if (timeout > 0) options.stop.timeout = nanoseconds_of(timeout);
  options.stop.stop_signal = arguments.signal("stop-signal").value_or(SIGKILL);
  // A time-out is Filespooler's, which kills; who interrupts us means a command that may clean up.
  options.stop.interrupt_signal = arguments.signal("stop-signal").value_or(SIGTERM);
  options.stop.grace = nanoseconds_of_decimal(arguments.seconds("grace").value_or(kDefaultGrace));
  return options;
}

}  // namespace bobbin::fspl
