// SPDX-License-Identifier: Apache-2.0
// The jobs that are known to wait, in the order in which they run. Pure: it only remembers.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "fspl/processing/options.h"
#include "spool/job_index.h"
#include "spool/scan.h"

namespace bobbin::fspl {

class Backlog {
 public:
  explicit Backlog(Order order) : order_(order), jobs_(Before{order}) {}

  // Takes the place of what was known before.
  void assign(std::vector<ScannedJob> jobs);
  void assign(JobIndex index);

  // nullptr if the job is in (now or before); else the job that stands in its place.
  const ScannedJob* add(const ScannedJob& job);

  // The job that runs now: in sequence order the one with this number, if it is there; in timestamp
  // order the oldest.
  std::optional<ScannedJob> next(std::uint64_t number) const;

  void remove(const ScannedJob& job);

  // How many jobs have a number above this one (sequence order), and the first of them.
  std::uint64_t count_behind(std::uint64_t number) const;
  std::vector<ScannedJob> first_behind(std::uint64_t number, std::size_t limit) const;

 private:
  struct Before {
    Order order;
    bool operator()(const ScannedJob& a, const ScannedJob& b) const noexcept;
  };

  auto after(std::uint64_t number) const;

  Order order_;
  std::set<ScannedJob, Before> jobs_;
  std::optional<JobIndex> index_;  // in place of jobs_
  std::optional<std::uint64_t>
      removed_;  // the number last removed from the index, which does not change
};

}  // namespace bobbin::fspl
