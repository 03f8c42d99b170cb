// SPDX-License-Identifier: Apache-2.0
#include "store/group_commit.h"

#include <exception>
#include <utility>

namespace bobbin {

GroupCommit::GroupCommit(Write write) : write_(std::move(write)), relief_([this] { relieve(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    handed_on_.notify_one();
  }
  relief_.join();
}

void GroupCommit::submit(Request request) {
  std::unique_lock lock(mutex_);
  waiting_.push_back(std::move(request));
  if (is_writing_) return;
  is_writing_ = true;
  serve_waiting(lock);
  if (waiting_.empty()) {
    is_writing_ = false;
  } else {
    is_handed_on_ = true;
    handed_on_.notify_one();
  }
}

// The body of the thread.
void GroupCommit::relieve() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    handed_on_.wait(lock, [&] { return is_handed_on_ || is_ending_; });
    if (!std::exchange(is_handed_on_, false)) return;
    while (!waiting_.empty()) serve_waiting(lock);
    is_writing_ = false;
  }
}

void GroupCommit::serve_waiting(std::unique_lock<std::mutex>& lock) {
  const std::vector<Request> requests = std::exchange(waiting_, {});
  lock.unlock();
  Durability durability = Durability::recorded;
  std::vector<JobNumber> contents;
  for (const Request& request : requests) {
    if (request.durability == Durability::durable) durability = Durability::durable;
    if (request.content != JobNumber{}) contents.push_back(request.content);
  }
  std::exception_ptr error;
  try {
    write_(durability, contents);
  } catch (...) {
    error = std::current_exception();
  }
  for (const Request& request : requests) request.done(error);
  lock.lock();
}

}  // namespace bobbin
