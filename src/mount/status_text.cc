// SPDX-License-Identifier: Apache-2.0
#include "mount/status_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mount/time_text.h"

namespace bobbin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kLittleSpace = std::uint64_t{1} << 30;
constexpr double kNearlyFull = 0.9;

double seconds_of(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// Whole, so that the size of the text seldom changes between a program's stat(2) and its reading.
std::int64_t whole_seconds(std::chrono::nanoseconds duration) {
  return std::chrono::floor<std::chrono::seconds>(duration).count();
}

Json time_json(const std::optional<WallTime>& time) {
  return time ? Json(time_text(*time)) : Json(nullptr);
}

Json jobs_json(const Counts& counts) {
  Json jobs;
  for (const JobState state : kJobStates) {
    jobs[std::string(name_of(state))] = counts.jobs[static_cast<std::size_t>(state)];
  }
  return jobs;
}

Json running_json(const std::vector<Job>& running) {
  Json list = Json::array();
  for (const Job& job : running) {
    Json entry;
    entry["job"] = job.name;
    entry["attempt"] = job.last_attempt ? job.last_attempt->number : 0;
    const bool known = job.last_attempt && job.last_attempt->pid != 0;
    entry["pid"] = known ? Json(job.last_attempt->pid) : Json(nullptr);
    entry["started"] =
        job.last_attempt ? Json(time_text(job.last_attempt->started)) : Json(nullptr);
    list.push_back(std::move(entry));
  }
  return list;
}

Json limits_json(const Config& config) {
  return {{"max_job_count", config.max_job_count},   {"max_pending", config.max_pending},
          {"max_content", config.max_content},       {"max_output", config.max_output},
          {"min_free_space", config.min_free_space}, {"timeout", seconds_of(config.timeout)}};
}

}  // namespace

std::vector<std::string> warnings_about(const QueueView& view) {
  std::vector<std::string> warnings;
  if (!view.counts.trouble.empty()) {
    warnings.push_back("the state cannot be written: " + view.counts.trouble);
  }
  const std::uint64_t free = view.counts.free_bytes;
  if (free < view.config.min_free_space) {
    warnings.push_back(
        fmt::format("{} bytes are free beside the state, less than min_free_space "
                    "({}): no new jobs are taken",
                    free, view.config.min_free_space));
  } else if (free < kLittleSpace) {
    warnings.push_back(fmt::format("only {} bytes are free beside the state", free));
  }
  const auto pending = static_cast<double>(view.counts.jobs[0]);
  const auto most = static_cast<double>(view.config.max_pending);
  if (most > 0 && pending >= kNearlyFull * most) {
    warnings.push_back(fmt::format("pending holds {} of at most {} jobs", view.counts.jobs[0],
                                   view.config.max_pending));
  }
  return warnings;
}

std::string status_text(const QueueView& view) {
  const auto& oldest = view.counts.oldest_waiting;
  Json status;
  status["version"] = BOBBIN_VERSION;
  status["started"] = time_text(view.started);
  status["jobs"] = jobs_json(view.counts);
  status["waiting"] = view.counts.waiting;
  status["oldest_pending"] = oldest ? Json(whole_seconds(view.now - *oldest)) : Json(nullptr);
  status["next_start"] = time_json(view.next_start);
  status["running"] = running_json(view.running);
  status["limits"] = limits_json(view.config);
  status["free_bytes"] = view.counts.free_bytes;
  status["warnings"] = warnings_about(view);
  return status.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace bobbin
