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
#include "spool/status.h"

namespace bobbin::fspl {
namespace {

constexpr int kStalledStatus = 3;
constexpr std::size_t kNamesShown = 10;

constexpr std::array kOptions{kQueueOption, kDecoderOption, kJsonOption};

std::string range_text(const NumberRange& range) {
  return range.first == range.last ? fmt::format("{}", range.first)
                                   : fmt::format("{}-{}", range.first, range.last);
}

void row(std::string& text, std::string_view label, const std::string& value) {
  text += fmt::format("{:<21}{}\n", label, value);
}

// The first few of a list of files, one a line.
template <typename List, typename Describe>
void file_rows(std::string& text, std::string_view label, const List& list, Describe describe) {
  row(text, label, std::to_string(list.size()));
  for (std::size_t i = 0; i < list.size() && i < kNamesShown; ++i)
    text += "  " + describe(list[i]) + '\n';
  if (list.size() > kNamesShown) text += fmt::format("  and {} more\n", list.size() - kNamesShown);
}

std::string gaps_text(const SpoolStatus& status) {
  std::string text;
  for (std::size_t i = 0; i < status.gaps.size() && i < kNamesShown; ++i) {
    text += (text.empty() ? "" : ", ") + range_text(status.gaps[i]);
  }
  if (status.gap_count > kNamesShown)
    text += fmt::format(" and {} more", status.gap_count - kNamesShown);
  return text.empty() ? "none" : text;
}

std::string verdict(const SpoolStatus& status) {
  if (!status.next) return "append-only: this queue takes jobs and does not run them";
  if (!status.duplicates.empty()) {
    return fmt::format(
        "stands still: number {} stands in more than one file; remove the wrong one, or process "
        "with "
        "--on-duplicate absorb",
        status.duplicates.front().sequence);
  }
  if (status.stalled_since) {
    return fmt::format(
        "stands still since {}: job {} is missing; send it again, or skip it with queue-set-next",
        local_text({*status.stalled_since, 0}), *status.next);
  }
  return status.runnable > 0 ? fmt::format("job {} can run", *status.next) : "nothing to do";
}

std::string text_report(const SpoolStatus& status) {
  const auto name_only = [](const std::string& name) { return shown(name); };
  std::string text;
  row(text, "state", verdict(status));
  row(text, "next", status.next ? std::to_string(*status.next) : "none");
  row(text, "highest contiguous",
      status.highest_contiguous ? std::to_string(*status.highest_contiguous) : "none");
  row(text, "runnable", std::to_string(status.runnable));
  row(text, "missing numbers", gaps_text(status));
  row(text, "waiting behind a gap", std::to_string(status.waiting));
  file_rows(text, "duplicate numbers", status.duplicates, [](const DuplicateNumber& duplicate) {
    std::string line = std::to_string(duplicate.sequence) + ':';
    for (const std::string& name : duplicate.names) line += ' ' + shown(name);
    return line;
  });
  file_rows(text, "unreadable files", status.unreadable,
            [](const UnreadableFile& bad) { return shown(bad.name) + ": " + bad.reason; });
  file_rows(text, "conflict copies", status.conflict_copies, name_only);
  file_rows(text, "stale (below next)", status.stale, [](const ScannedJob& job) {
    return fmt::format("{} {}", job.sequence, shown(job.name));
  });
  file_rows(text, "temporary files", status.temporary, name_only);
  file_rows(text, "quarantined", status.quarantined, name_only);
  row(text, "locked by", status.lock_holder.empty() ? "nobody" : status.lock_holder);
  return text;
}

Json names_json(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) {
    Json entry;
    put_octets(entry, "filename", name);
    list.push_back(std::move(entry));
  }
  return list;
}

std::string json_report(const SpoolStatus& status) {
  Json report;
  report["stalled"] = status.is_stalled();
  report["next"] = status.next ? Json(*status.next) : Json(nullptr);
  report["highest_contiguous"] =
      status.highest_contiguous ? Json(*status.highest_contiguous) : Json(nullptr);
  report["jobs"] = status.jobs;
  report["runnable"] = status.runnable;
  report["waiting"] = status.waiting;
  report["stalled_since"] =
      status.stalled_since ? Json(utc_text({*status.stalled_since, 0})) : Json(nullptr);
  report["gap_count"] = status.gap_count;
  report["gaps"] = Json::array();
  for (const NumberRange& gap : status.gaps)
    report["gaps"].push_back({{"first", gap.first}, {"last", gap.last}});
  report["duplicates"] = Json::array();
  for (const DuplicateNumber& duplicate : status.duplicates) {
    report["duplicates"].push_back(
        {{"sequence", duplicate.sequence}, {"files", names_json(duplicate.names)}});
  }
  report["unreadable"] = Json::array();
  for (const UnreadableFile& bad : status.unreadable) {
    Json entry;
    put_octets(entry, "filename", bad.name);
    entry["reason"] = bad.reason;
    report["unreadable"].push_back(std::move(entry));
  }
  report["conflict_copies"] = names_json(status.conflict_copies);
  report["stale"] = Json::array();
  for (const ScannedJob& job : status.stale) {
    Json entry;
    entry["sequence"] = job.sequence;
    put_octets(entry, "filename", job.name);
    report["stale"].push_back(std::move(entry));
  }
  report["temporary"] = names_json(status.temporary);
  report["quarantined"] = names_json(status.quarantined);
  report["locked_by"] = status.lock_holder.empty() ? Json(nullptr) : Json(status.lock_holder);
  return json_line(report);
}

int run(const Arguments& arguments, const Context&) {
  const SpoolDirectory spool(*arguments.value("queuedir"));
  const auto decoder = decoder_option(arguments);
  Progress progress("reading", "packets");
  const SpoolStatus status =
      spool_status(spool, decoder ? &*decoder : nullptr, progress_of(progress));
  progress.clear();
  Output output;
  output.write(arguments.has("json") ? json_report(status) : text_report(status));
  output.flush();
  return status.is_stalled() ? kStalledStatus : 0;
}

}  // namespace

const CommandSpec kQueueStatus{
    "queue-status",
    "Say how a queue stands: what can run, what is missing, what is wrong",
    "Takes no lock and changes nothing. Exits with 3 when the stream stands still: jobs are there, "
    "and none can run.",
    kOptions,
    {},
    "",
    run,
};

}  // namespace bobbin::fspl
