// SPDX-License-Identifier: Apache-2.0
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
constexpr std::size_t kIdWidth = 20;    // the longest number
constexpr std::size_t kTimeWidth = 27;  // as Filespooler's

std::string time_column(CreationTime created) {
  // Filespooler can't show such a packet at all.
  return is_representable(created) ? local_text(created) : "(out of range)";
}

// By hand: measured, fmt spends a quarter of a listing's time on the width of a time.
std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

void print_row(Output& output, std::string id, std::string created, std::string_view filename) {
  output.write(padded(std::move(id), kIdWidth));
  output.write(" ");
  output.write(padded(std::move(created), kTimeWidth));
  output.write(" ");
  output.write(filename);
  output.write("\n");
}

void print_table(const Scan& scan, Output& output) {
  print_row(output, "ID", "creation timestamp", "filename");
  for (const ScannedJob& job : scan.jobs) {
    print_row(output, std::to_string(job.sequence), time_column(job.created), job.name);
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
