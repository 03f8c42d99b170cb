// SPDX-License-Identifier: Apache-2.0
#include "fspl/processing/backlog.h"

#include <tuple>

namespace bobbin::fspl {

bool Backlog::Before::operator()(const ScannedJob& a, const ScannedJob& b) const noexcept {
  if (order == Order::sequence) return a.sequence < b.sequence;
  return std::tie(a.created, a.name) < std::tie(b.created, b.name);
}

void Backlog::assign(std::vector<ScannedJob> jobs) {
  jobs_.clear();
  // Sorted by sequence number, the hint makes each insertion constant.
  for (ScannedJob& job : jobs) jobs_.insert(jobs_.end(), std::move(job));
}

const ScannedJob* Backlog::add(const ScannedJob& job) {
  const auto [place, is_new] = jobs_.insert(job);
  return is_new || place->name == job.name ? nullptr : &*place;
}

const ScannedJob* Backlog::next(std::uint64_t number) const {
  if (order_ == Order::timestamp) return jobs_.empty() ? nullptr : &*jobs_.begin();
  ScannedJob wanted;
  wanted.sequence = number;
  const auto found = jobs_.find(wanted);
  return found == jobs_.end() ? nullptr : &*found;
}

std::vector<const ScannedJob*> Backlog::waiting_behind(std::uint64_t number) const {
  std::vector<const ScannedJob*> waiting;
  if (order_ == Order::timestamp) return waiting;
  ScannedJob wanted;
  wanted.sequence = number;
  for (auto at = jobs_.upper_bound(wanted); at != jobs_.end(); ++at) waiting.push_back(&*at);
  return waiting;
}

}  // namespace bobbin::fspl
