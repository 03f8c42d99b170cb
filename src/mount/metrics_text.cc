// SPDX-License-Identifier: Apache-2.0
#include "mount/metrics_text.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace bobbin {
namespace {

// With a fixed number of digits, so that the size of the text seldom changes between a program's
// stat(2) and its reading.
std::string seconds_of(std::chrono::nanoseconds duration) {
  return fmt::format("{:.3f}", std::chrono::duration<double>(duration).count());
}

class Metrics {
 public:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  template <typename Number>
  void sample(std::string_view name, std::string_view labels, Number number) {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name, labels, number);
  }
  template <typename Number>
  void gauge(std::string_view name, Number number, std::string_view help) {
    head(name, "gauge", help);
    sample(name, "", number);
  }
  void counter(std::string_view name, std::uint64_t number, std::string_view help) {
    head(name, "counter", help);
    sample(name, "", number);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string metrics_text(const QueueView& view) {
  const Counts& counts = view.counts;
  Metrics metrics;
  metrics.head("bobbin_build_info", "gauge", "The version that runs.");
  metrics.sample("bobbin_build_info", "{version=\"" BOBBIN_VERSION "\"}", 1);
  metrics.gauge("filed_start_time_seconds", seconds_of(view.started.time_since_epoch()),
                "When filed started, in seconds since 1970.");
  metrics.head("filed_jobs", "gauge", "Jobs by the directory in which they stand.");
  for (const JobState state : kJobStates) {
    metrics.sample("filed_jobs", fmt::format("{{state=\"{}\"}}", name_of(state)),
                   counts.jobs[static_cast<std::size_t>(state)]);
  }
  metrics.gauge("filed_waiting_jobs", counts.waiting,
                "Pending jobs that will start by themselves, now or later.");
  metrics.gauge("filed_oldest_waiting_seconds",
                seconds_of(counts.oldest_waiting ? view.now - *counts.oldest_waiting
                                                 : std::chrono::nanoseconds(0)),
                "How long the oldest job that could run has waited.");
  metrics.gauge("filed_max_job_count", view.config.max_job_count, "Jobs that may run at a time.");
  metrics.gauge("filed_max_pending", view.config.max_pending,
                "Jobs that may be pending; 0: no limit.");
  metrics.counter("filed_attempts_total", counts.attempts_ended,
                  "Attempts that have ended since filed started.");
  metrics.counter("filed_attempts_failed_total", counts.attempts_failed,
                  "Those of them that failed.");
  metrics.counter("filed_retries_total", counts.retries, "Those of them that led to a retry.");
  metrics.gauge("filed_state_free_bytes", counts.free_bytes, "Bytes free beside the state.");
  metrics.gauge("filed_state_writable", counts.trouble.empty() ? 1 : 0,
                "Whether the last write of the state succeeded.");
  return std::move(metrics).text();
}

}  // namespace bobbin
