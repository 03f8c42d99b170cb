// SPDX-License-Identifier: Apache-2.0
// What really happened in a simulation, known to nobody in it: which attempts ran, and how each
// went. Every promise of the queue is checked against it.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "jobs/job.h"

namespace bobbin {

struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool is_so, const std::string& promise) {
  if (!is_so) throw Fault(promise);
}

class Truth {
 public:
  void submitted(JobNumber number) { jobs_[number]; }
  void removed(JobNumber number) { jobs_.erase(number); }
  // It may be tried max_retries + 1 times from now on.
  void resubmitted(JobNumber number) {
    if (const auto at = jobs_.find(number); at != jobs_.end()) at->second = {};
    if (running_.contains(number)) superseded_.insert(number);
  }

  void began(JobNumber number, std::uint32_t attempt, std::size_t limit) {
    require(running_.size() < limit, "more jobs run than max_job_count allows");
    require(running_.insert(number).second, name(number) + " runs twice at a time");
    require(attempts_[number].insert(attempt).second,
            name(number) + ": attempt " + std::to_string(attempt) + " runs a second time");
  }
  void ended(JobNumber number, const AttemptEnd& end, std::uint32_t max_retries_ever) {
    running_.erase(number);
    if (superseded_.erase(number) > 0) return;
    const auto at = jobs_.find(number);
    if (at == jobs_.end()) return;
    if (end.kind == EndKind::lost || end.kind == EndKind::shut_down || end.kind == EndKind::killed)
      return;
    if (succeeded(end)) {
      at->second.has_succeeded = true;
    } else {
      require(++at->second.failures <= max_retries_ever + 1, name(number) + " was tried too often");
    }
  }

  // A power loss took what was written down last: attempts may come again.
  void believe(const Job& job) {
    const std::uint32_t last = job.last_attempt ? job.last_attempt->number : 0;
    std::erase_if(attempts_[job.number], [&](std::uint32_t attempt) { return attempt > last; });
    if (const auto at = jobs_.find(job.number); at != jobs_.end())
      at->second.failures = std::min(at->second.failures, job.failures);
  }

  // What the queue says about a job that it has ended.
  void check_verdict(const Job& job) const {
    const auto at = jobs_.find(job.number);
    require(at != jobs_.end(), name(job.number) + " is in the queue although it was removed");
    require(job.state != JobState::complete || at->second.has_succeeded,
            name(job.number) + " is complete without having succeeded");
  }
  std::size_t running() const { return running_.size(); }
  std::set<JobNumber> jobs() const {
    std::set<JobNumber> numbers;
    for (const auto& [number, job] : jobs_) numbers.insert(number);
    return numbers;
  }

  static std::string name(JobNumber number) {
    return "job " + std::to_string(static_cast<std::uint64_t>(number));
  }

 private:
  struct Known {
    std::uint32_t failures = 0;
    bool has_succeeded = false;
  };
  std::map<JobNumber, Known> jobs_;  // that the user wants
  std::map<JobNumber, std::set<std::uint32_t>> attempts_;
  std::set<JobNumber> running_;
  std::set<JobNumber> superseded_;  // running, but what comes of it does not count
};

}  // namespace bobbin
