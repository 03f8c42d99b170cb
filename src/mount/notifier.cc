// SPDX-License-Identifier: Apache-2.0
#include "mount/notifier.h"

#include <csignal>

#include "mount/node.h"

namespace bobbin {
namespace {

using namespace std::chrono_literals;

// The kernel counts in ticks, rounds up, and begins when it has the answer.
constexpr auto kEntriesKnown = kEntryTimeout + 40ms;

// However fast jobs move, the kernel need not be told more often than that.
constexpr auto kBetweenDirectories = 10ms;

std::size_t index_of(JobState state) noexcept { return static_cast<std::size_t>(state); }
unsigned bit_of(JobState state) noexcept { return 1u << index_of(state); }

// What a user does to a job the kernel sees itself.
bool moves_by_itself(const Change& change) noexcept {
  if (change.from == JobState::active || change.to == JobState::active) return true;
  return !change.to && change.from && change.from != JobState::pending;  // retired, perhaps
}

}  // namespace

void Notifier::start(fuse_session* session) {
  session_ = session;
  thread_ = std::thread([this] { run(); });
  events_.forward_to(this);
}

void Notifier::gives_attributes(JobState directory) noexcept { asked_[index_of(directory)] = true; }

void Notifier::gives_entries(JobState directory) noexcept {
  entries_until_[index_of(directory)] = (Clock::now() + kEntriesKnown).time_since_epoch().count();
}

void Notifier::wait_until_entries_expire(JobState directory) const {
  const Clock::time_point until{Clock::duration{entries_until_[index_of(directory)]}};
  if (Clock::now() < until) std::this_thread::sleep_until(until);
}

void Notifier::changed(const Change& change) noexcept {
  unsigned directories = 0;
  if (moves_by_itself(change)) {
    for (const auto& state : {change.from, change.to}) {
      if (state && asked_[index_of(*state)].exchange(false)) directories |= bit_of(*state);
    }
  }
  if (directories == 0 && !waiters_.anybody()) return;
  {
    const std::lock_guard lock(mutex_);
    changed_directories_ |= directories;
  }
  wake();
}

void Notifier::wake() noexcept {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(woken_, true)) work_.notify_one();
}

void Notifier::run() {
  Clock::time_point told{};
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool directories_due =
        changed_directories_ != 0 && Clock::now() - told >= kBetweenDirectories;
    if (!woken_ && !directories_due) {
      if (changed_directories_ == 0)
        work_.wait(lock);
      else
        work_.wait_until(lock, told + kBetweenDirectories);
      continue;
    }
    woken_ = false;
    const unsigned directories = directories_due ? std::exchange(changed_directories_, 0) : 0;
    if (directories_due) told = Clock::now();
    lock.unlock();
    tell_kernel(directories);
    try {
      waiters_.answer();
    } catch (...) {  // no memory: with the next change
    }
    lock.lock();
  }
}

// Errors mean that the kernel does not know it, or that there is no mount any more.
void Notifier::tell_kernel(unsigned directories) noexcept {
  for (const JobState state : kJobStates) {
    if ((directories & bit_of(state)) == 0) continue;
    fuse_lowlevel_notify_inval_inode(session_, inode_of(directory_of(state)), -1, 0);
  }
}

void Notifier::stop() noexcept {
  if (!thread_.joinable()) return;
  events_.forward_to(nullptr);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_one();
  }
  thread_.join();
  waiters_.end();
}

}  // namespace bobbin
