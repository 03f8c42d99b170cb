// SPDX-License-Identifier: Apache-2.0
#include "fspl/commands/commands.h"
#include "fspl/processing/processor.h"
#include "fspl/processing_options.h"
#include "fspl/shared_options.h"
#include "fspl/stop_like_signal.h"
#include "fspl/value_text.h"

namespace bobbin::fspl {
namespace {

constexpr std::array<std::string_view, 3> kOnError{"Retry", "Delete", "Leave"};
constexpr std::array<std::string_view, 2> kOrder{"Sequence", "Timestamp"};
constexpr std::array<std::string_view, 2> kOutput{"PassBoth", "SaveBoth"};
constexpr std::array<std::string_view, 2> kOnInvalid{"stop", "quarantine"};
constexpr std::array<std::string_view, 2> kOnDuplicate{"error", "absorb"};

constexpr std::array kOptions{
    kQueueOption,
    kDecoderOption,
    OptionSpec{"maxjobs", 'n', ValueKind::number, "N",
               "Run at most this many jobs. Default: no limit."},
    OptionSpec{"order-by", 0, ValueKind::choice, "ORDER",
               "Run jobs by sequence number without gaps, or all of them by the time they were "
               "prepared. Default: "
               "Sequence.",
               false, kOrder},
    OptionSpec{"on-error", 0, ValueKind::choice, "ACTION",
               "When a job fails: stop and run it again next time, delete it and go on, or leave "
               "its file and go on. "
               "Default: Retry.",
               false, kOnError},
    OptionSpec{"never-delete", 0, ValueKind::flag, "", "Keep the files of jobs that are done."},
    OptionSpec{
        "output-to", 0, ValueKind::choice, "WHERE",
        "Pass the command's output on, or save it beside the job as NAME.out. Default: PassBoth.",
        false, kOutput},
    kAllowJobParamsOption,
    kIgnorePayloadOption,
    kTimeoutOption,
    kStopSignalOption,
    kGraceOption,
    OptionSpec{"retries", 0, ValueKind::number, "N",
               "Try a failed job again up to N times, at once and in its place, before --on-error "
               "decides. Default: 0."},
    OptionSpec{"backoff-base", 0, ValueKind::seconds, "SECONDS",
               "Pause before the first retry. Default: 1."},
    OptionSpec{"backoff-mult", 0, ValueKind::seconds, "FACTOR",
               "Each further pause is this much longer. Default: 2."},
    OptionSpec{"backoff-max", 0, ValueKind::seconds, "SECONDS",
               "No pause is longer. Default: 3600."},
    OptionSpec{"verify", 0, ValueKind::text, "CMD",
               "Shell command that gets the stored file on standard input and must exit with 0 "
               "before the job runs."},
    OptionSpec{
        "require-decoder-success", 0, ValueKind::flag, "",
        "Take the decoder's whole output first, and run the job only if the decoder exits with 0."},
    OptionSpec{"on-invalid", 0, ValueKind::choice, "ACTION",
               "When a packet fails --verify, --require-decoder-success or its digest: stop with "
               "an error, or move it to "
               "quarantine/ and wait for a good copy. Default: stop.",
               false, kOnInvalid},
    OptionSpec{"on-duplicate", 0, ValueKind::choice, "ACTION",
               "When a sequence number stands in two files: stop with an error, or remove "
               "identical copies and move "
               "differing ones to quarantine/. Default: error.",
               false, kOnDuplicate},
    OptionSpec{
        "follow", 0, ValueKind::flag, "",
        "Do not stop when nothing is left: run each job as it arrives, until SIGTERM or SIGINT."},
    OptionSpec{"rescan", 0, ValueKind::seconds, "SECONDS",
               "With --follow: also look at the whole queue this often. Default: never, or 10 on "
               "file systems that do "
               "not report arrivals."},
    OptionSpec{"overlap-sync", 0, ValueKind::flag, "",
               "Start a job while its predecessor's completion is still being written to the disk. "
               "Faster; after a power "
               "loss a job may run again after its successor has started."},
    kWaitOption,
};
constexpr std::array kPositionals{kCommandPositional};

ProcessOptions process_options(const Arguments& arguments) {
  ProcessOptions options;
  options.command = command_options(arguments);
  options.order = arguments.choice("order-by") == kOrder[1] ? Order::timestamp : Order::sequence;
  const auto on_error = arguments.choice("on-error");
  if (on_error == kOnError[1]) options.on_error = OnError::remove;
  if (on_error == kOnError[2]) options.on_error = OnError::leave;
  if (arguments.choice("on-invalid") == kOnInvalid[1]) options.on_invalid = OnInvalid::quarantine;
  if (arguments.choice("on-duplicate") == kOnDuplicate[1])
    options.on_duplicate = OnDuplicate::absorb;
  if (const auto limit = arguments.number("maxjobs")) options.max_jobs = *limit;
  options.never_delete = arguments.has("never-delete");
  options.save_output = arguments.choice("output-to") == kOutput[1];
  options.overlap_sync = arguments.has("overlap-sync");
  options.retries = arguments.number("retries").value_or(0);
  options.backoff.base_seconds =
      arguments.seconds("backoff-base").value_or(options.backoff.base_seconds);
  options.backoff.multiplier =
      arguments.seconds("backoff-mult").value_or(options.backoff.multiplier);
  options.backoff.max_seconds =
      arguments.seconds("backoff-max").value_or(options.backoff.max_seconds);
  options.verify = arguments.value("verify");
  options.require_decoder_success = arguments.has("require-decoder-success");
  options.follow = arguments.has("follow");
  options.command.stop.drain = options.follow;
  if (const auto rescan = arguments.seconds("rescan"))
    options.rescan = nanoseconds_of_decimal(*rescan);
  return options;
}

int run(const Arguments& arguments, const Context& context) {
  const ProcessOptions options = process_options(arguments);
  const std::string& path = *arguments.value("queuedir");
  // The lock may have to be waited for: before any signal is held back.
  SequenceFile sequence(path + "/nextseq", SequenceOwner::spool, lock_wait(arguments));
  if (sequence.is_missing()) {
    sequence.store(sequence.next());
    sequence.sync_name();
  }
  const SpoolDirectory spool(path);
  int status = 0;
  std::optional<int> stopped_by;
  {
    Supervisor supervisor;
    std::optional<Decoder> decoder;
    if (const auto& command = arguments.value("decoder")) {
      decoder.emplace(*command, [&](const Command& line) { return supervisor.spawn(line); });
    }
    Processor processor(spool, sequence, decoder ? &*decoder : nullptr, options, supervisor,
                        context.log);
    status = processor.run();
    stopped_by = supervisor.stop_requested();
  }
  if (stopped_by && !options.follow) stop_like_signal(*stopped_by);
  return status;
}

}  // namespace

const CommandSpec kQueueProcess{
    "queue-process",
    "Run a command for each job in a queue, in order",
    "Starts at the queue's next number and goes on to the first gap, which is reported and is no "
    "error. The command's "
    "standard input is the job's payload; variables that begin with FSPL_ describe the job.",
    kOptions,
    kPositionals,
    kParametersHelp,
    run,
};

}  // namespace bobbin::fspl
