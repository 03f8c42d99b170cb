// SPDX-License-Identifier: Apache-2.0
// Telling the Store how attempts ended, from what slots wrote down about them. The rule after a
// restart is fencing by attempt number: a record is news if the state does not know of an attempt
// as late as that, or does not know its end.
//
// Records of one job are told in the order of attempts, so that each counts.
#pragma once

#include <optional>
#include <random>
#include <string>

#include "jobs/store.h"
#include "slot/record.h"

namespace bobbin {

// The chance in the pauses between attempts.
class Jitter {
 public:
  explicit Jitter(std::uint32_t seed) : dice_(seed) {}
  double operator()() { return std::uniform_real_distribution<double>(0, 1)(dice_); }

 private:
  std::minstd_rand dice_;
};

// What a record with an end says, for the Store. `capture_path` is the slot's capture file if it
// holds the log of this very attempt, or "".
Finished finished_from(const AttemptRecord& record, const std::string& capture_path);

// An attempt of whose end nobody knows.
struct LostAttempt {
  JobNumber number{};
  std::uint32_t attempt = 0;
  pid_t pid = 0;
  WallTime started{};
  std::string capture_path = {};  // as above
};
// What there is of its log, and of earlier attempts' logs, is kept.
Finished finished_from(const LostAttempt& lost, const Store& store, WallTime now);

// Tells the Store, which may know of the end already, or not even of the attempt. False: it was no
// news.
bool account_for(Store& store, const Finished& finished, WallTime now, double jitter);

// An attempt without an end: the job is active with it from now on, or was before. False: the state
// knows better, and what runs there is to be ended.
bool adopt(Store& store, const AttemptRecord& record);

}  // namespace bobbin
