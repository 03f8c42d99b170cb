// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/fail.h"
#include "fspl/commands/commands.h"
#include "fspl/decoder_option.h"
#include "fspl/json_text.h"
#include "fspl/output.h"
#include "fspl/progress.h"
#include "fspl/shared_options.h"
#include "packet/creation_time.h"
#include "spool/scan.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kOptions{kQueueOption, kDecoderOption, kJsonOption};

std::string time_column(CreationTime created) {
  // Filespooler can't show such a packet at all.
  return is_representable(created) ? local_text(created) : "(out of range)";
}

void print_table(const Scan& scan, Output& output) {
  output.write(fmt::format("{:<20} {:<27} {}\n", "ID", "creation timestamp", "filename"));
  for (const ScannedJob& job : scan.jobs) {
    output.write(fmt::format("{:<20} {:<27} ", job.sequence, time_column(job.created)));
    output.write(job.name);
    output.write("\n");
  }
}

void print_json(const Scan& scan, Output& output) {
  for (const ScannedJob& job : scan.jobs) {
    Json line;
    line["sequence"] = job.sequence;
    line["created"] = {{"seconds", job.created.seconds}, {"nanoseconds", job.created.nanoseconds}};
    line["created_utc"] =
        is_representable(job.created) ? Json(utc_text(job.created)) : Json(nullptr);
    put_octets(line, "filename", job.name);
    output.write(json_line(line));
  }
}

int run(const Arguments& arguments, const Context& context) {
  const SpoolDirectory spool(*arguments.value("queuedir"));
  const auto decoder = decoder_option(arguments);
  Progress progress("reading", "packets");
  const Scan scan = scan_jobs(spool, decoder ? &*decoder : nullptr, progress_of(progress));
  progress.clear();
  context.log.debug("{}: {} packets, {} unreadable files", shown(spool.path()), scan.jobs.size(),
                    scan.unreadable.size());
  for (const UnreadableFile& bad : scan.unreadable) {
    context.log.debug("{} is left out: {}", spool.shown_job(bad.name), bad.reason);
  }
  Output output;
  arguments.has("json") ? print_json(scan, output) : print_table(scan, output);
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kQueueLs{
    "queue-ls",
    "List the jobs in a queue by sequence number",
    "Files that can't be read as packets are left out; queue-status shows them with their reason. "
    "With --json, one "
    "object a line.",
    kOptions,
    {},
    "",
    run,
};

}  // namespace bobbin::fspl
