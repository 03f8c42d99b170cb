// SPDX-License-Identifier: Apache-2.0
// Has the state written behind the slots: their records are the only account of an attempt's end
// until the state has it on the disk, too. One writing at a time; what ends meanwhile is for the
// next, so that a slow disk makes larger groups.
//
// Threads: one, but a completion of the Store comes on any; the object may be gone by then.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "base/log.h"
#include "jobs/store.h"
#include "sched/sleeper.h"

namespace bobbin {

class Recorder {
 public:
  // Store::persist, recorded.
  using Persist = std::function<void(Completion)>;

  // `wake` outlives the completions.
  Recorder(Persist persist, WakeUp& wake, const Log& log);

  // The Store was told of the end of this slot's job.
  void note(unsigned slot, std::uint64_t sequence);
  // Has written what was noted, if it may begin with that now.
  void advance(SteadyTime now);
  // By slot, up to which sequence all is safe, as far as that is news.
  std::map<unsigned, std::uint64_t> take_safe(SteadyTime now);

  bool is_all_safe() const noexcept { return noted_.empty() && writing_.empty(); }
  bool is_failing() const noexcept { return is_failing_; }
  // When to call advance() again, if not before; nullopt: when something happens.
  std::optional<SteadyTime> retry_at() const noexcept;

 private:
  struct Writing;

  void collect(SteadyTime now);

  const Persist persist_;
  WakeUp& wake_;
  const Log& log_;
  std::map<unsigned, std::uint64_t> noted_;
  std::map<unsigned, std::uint64_t> writing_;
  std::map<unsigned, std::uint64_t> safe_;
  std::shared_ptr<Writing> under_way_;
  bool is_failing_ = false;
  SteadyTime retry_at_{};
};

}  // namespace bobbin
