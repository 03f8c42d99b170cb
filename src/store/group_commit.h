// SPDX-License-Identifier: Apache-2.0
// Whoever must wait for the disk first, writes: for all who have asked by then, in one go. The
// others leave their request and go. Those who asked meanwhile are served by a thread that only
// works under load: the first must not be held for as long as others keep asking.
//
// Threads: any thread may submit. `write` is called by one thread at a time, without a lock held.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "jobs/store.h"

namespace bobbin {

class GroupCommit {
 public:
  struct Request {
    Durability durability = Durability::durable;
    JobNumber content{};  // whose content is to be written; 0: no job's
    Completion done;
  };
  // Writes all that has changed; throws.
  using Write = std::function<void(Durability, const std::vector<JobNumber>& contents)>;

  explicit GroupCommit(Write write);
  // Nobody submits any more.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Returns before or after `done` was called.
  void submit(Request request);

 private:
  void serve_waiting(std::unique_lock<std::mutex>& lock);
  void relieve() noexcept;

  const Write write_;
  std::mutex mutex_;
  std::vector<Request> waiting_;
  bool is_writing_ = false;  // somebody has the turn to write, or it is being handed on
  bool is_handed_on_ = false;
  bool is_ending_ = false;
  std::condition_variable handed_on_;
  std::thread relief_;
};

}  // namespace bobbin
