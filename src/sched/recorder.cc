// SPDX-License-Identifier: Apache-2.0
#include "sched/recorder.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

namespace bobbin {
namespace {

constexpr auto kRetryPause = std::chrono::seconds(1);

void merge(std::map<unsigned, std::uint64_t>& into, const std::map<unsigned, std::uint64_t>& more) {
  for (const auto& [slot, sequence] : more) into[slot] = std::max(into[slot], sequence);
}

std::string reason_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "for an unknown reason";
  }
}

}  // namespace

struct Recorder::Writing {
  std::atomic<bool> is_done{false};
  std::exception_ptr error;  // written before is_done
};

Recorder::Recorder(Persist persist, WakeUp& wake, const Log& log)
    : persist_(std::move(persist)), wake_(wake), log_(log) {}

void Recorder::note(unsigned slot, std::uint64_t sequence) { noted_[slot] = sequence; }

void Recorder::advance(SteadyTime now) {
  collect(now);
  if (under_way_ || noted_.empty() || (is_failing_ && now < retry_at_)) return;
  writing_ = std::exchange(noted_, {});
  under_way_ = std::make_shared<Writing>();
  persist_([writing = under_way_, &wake = wake_](std::exception_ptr error) {
    writing->error = std::move(error);
    writing->is_done.store(true, std::memory_order_release);
    wake.wake();
  });
}

void Recorder::collect(SteadyTime now) {
  if (!under_way_ || !under_way_->is_done.load(std::memory_order_acquire)) return;
  const std::exception_ptr error = std::exchange(under_way_, nullptr)->error;
  if (error) {
    if (!is_failing_) {
      log_.error("{}; the ends of jobs stay in their slots' records until that works again",
                 reason_of(error));
    }
    is_failing_ = true;
    retry_at_ = now + kRetryPause;
    merge(noted_, writing_);
  } else {
    if (is_failing_) log_.info("the state is written again");
    is_failing_ = false;
    merge(safe_, writing_);
  }
  writing_.clear();
}

std::map<unsigned, std::uint64_t> Recorder::take_safe(SteadyTime now) {
  collect(now);
  return std::exchange(safe_, {});
}

std::optional<SteadyTime> Recorder::retry_at() const noexcept {
  if (!is_failing_ || under_way_) return std::nullopt;
  return retry_at_;
}

}  // namespace bobbin
