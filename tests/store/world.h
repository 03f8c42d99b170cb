// SPDX-License-Identifier: Apache-2.0
// Two Stores that get the same operations and must show the same: a model and what is tested. The
// jobs of both are told by the order in which they were made, as their numbers may differ.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store_fixture.h"

namespace bobbin {

enum class Step {
  create,
  submit,
  claim,
  wait,
  // of one job
  open,
  write,
  write_large,
  empty,
  commit,
  close,
  to_pending,
  to_failed,
  hide,       // an unfinished name, or out of it
  rename_on,  // onto the name of the next job
  remove,
  end_well,
  end_badly,
  give_back,
  resume,
  delay,
  prefer,
};
inline constexpr Step kLastWithoutJob = Step::wait;
inline constexpr Step kLast = Step::prefer;

struct Move {
  Step step{};
  std::size_t job = 0;
};
std::string text_of(const std::vector<Move>& moves);

class World {
 public:
  World(Store& model, Recorder& model_record, Store& tested, Recorder& tested_record);

  // False if it was refused, which both agree on.
  bool make(const Move& move);
  // What is different; "" if nothing is.
  std::string compare() const;
  // For the next sequence: without jobs, later.
  void clear();

  std::size_t jobs() const { return numbers_[0].size(); }
  JobNumber number(std::size_t store, std::size_t job) const { return numbers_[store][job]; }
  // What was committed last.
  const std::string& accepted(std::size_t job) const { return accepted_[job]; }
  const Store& model() const { return *stores_[0]; }

 private:
  bool make(std::size_t store, const Move& move);
  bool make_of_job(std::size_t store, const Move& move, JobNumber number);
  bool start(std::size_t store, Step step);
  bool move_job(std::size_t store, JobNumber number, JobState to, const std::string& name);
  bool end(std::size_t store, JobNumber number, int status);
  std::optional<std::size_t> job_of(std::size_t store, JobNumber number) const;
  std::string compare_jobs(std::size_t job) const;
  std::string compare_changes() const;

  Store* stores_[2];
  Recorder* records_[2];
  std::vector<JobNumber> numbers_[2];
  std::vector<std::string> accepted_;
  std::string answers_[2];  // of the last move
  double now_ = 1;
};

}  // namespace bobbin
