// SPDX-License-Identifier: Apache-2.0
// Child owns one child process: from its start until its status is collected. A Child without a
// process has no pid, so a number that the kernel may have given to a stranger can't be signalled.
//
// Threads: one thread has all Child objects of a ChildSet.
#pragma once

#include <sys/types.h>

#include <optional>
#include <utility>
#include <vector>

#include "exec/outcome.h"

namespace bobbin {

// The processes for which a Child is held, so that nobody else collects their status. Outlives its
// Child objects.
class ChildSet {
 public:
  bool contains(pid_t pid) const noexcept;
  const std::vector<pid_t>& pids() const noexcept { return pids_; }

  void make_room() { pids_.reserve(pids_.size() + 1); }
  void insert(pid_t pid) noexcept { pids_.push_back(pid); }  // there is room
  void erase(pid_t pid) noexcept;

 private:
  std::vector<pid_t> pids_;
};

class Child {
 public:
  Child() noexcept = default;
  // Takes over an unreaped child of this process. If `set` is given, it has room.
  explicit Child(pid_t pid, ChildSet* set = nullptr) noexcept;
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), set_(std::exchange(other.set_, nullptr)) {}
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // Kills (SIGKILL, this process only) and reaps what is still there.
  ~Child();

  pid_t pid() const noexcept { return pid_; }  // -1 once reaped or released
  bool is_reaped() const noexcept { return pid_ < 0; }

  // Reaps it if it has ended. Throws Error(io) if its status was lost.
  std::optional<Outcome> try_wait();
  // Waits for its end without a limit.
  Outcome wait();
  // Whether it has ended; leaves it to be reaped.
  bool has_ended() const noexcept;

  // To this process only, not its descendants. Without effect on one that has ended.
  void signal(int signal) const noexcept;

  // Gives up the process: it lives or dies without us.
  void release() noexcept;

 private:
  std::optional<Outcome> collect(int options);

  pid_t pid_ = -1;
  ChildSet* set_ = nullptr;
};

}  // namespace bobbin
