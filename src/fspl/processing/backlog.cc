// SPDX-License-Identifier: Apache-2.0
#include "fspl/processing/backlog.h"

#include <iterator>
#include <limits>
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

void Backlog::assign(JobIndex index) {
  jobs_.clear();
  index_.emplace(std::move(index));
}

const ScannedJob* Backlog::add(const ScannedJob& job) {
  const auto [place, is_new] = jobs_.insert(job);
  return is_new || place->name == job.name ? nullptr : &*place;
}

auto Backlog::after(std::uint64_t number) const {
  ScannedJob wanted;
  wanted.sequence = number;
  return jobs_.upper_bound(wanted);
}

std::optional<ScannedJob> Backlog::next(std::uint64_t number) const {
  if (index_) return removed_ == number ? std::nullopt : index_->find(number);
  if (order_ == Order::timestamp)
    return jobs_.empty() ? std::nullopt : std::optional(*jobs_.begin());
  ScannedJob wanted;
  wanted.sequence = number;
  const auto found = jobs_.find(wanted);
  return found == jobs_.end() ? std::nullopt : std::optional(*found);
}

void Backlog::remove(const ScannedJob& job) {
  if (index_) {
    removed_ = job.sequence;  // the one that runs: those before it are never asked for again
  } else {
    jobs_.erase(job);
  }
}

std::uint64_t Backlog::count_behind(std::uint64_t number) const {
  if (order_ == Order::timestamp) return 0;
  if (index_)
    return number == std::numeric_limits<std::uint64_t>::max() ? 0 : index_->count_from(number + 1);
  return static_cast<std::uint64_t>(std::distance(after(number), jobs_.end()));
}

std::vector<ScannedJob> Backlog::first_behind(std::uint64_t number, std::size_t limit) const {
  std::vector<ScannedJob> jobs;
  if (order_ == Order::timestamp) return jobs;
  if (index_) return index_->first_from(number + 1, limit);
  for (auto at = after(number); at != jobs_.end() && jobs.size() < limit; ++at) jobs.push_back(*at);
  return jobs;
}

}  // namespace bobbin::fspl
