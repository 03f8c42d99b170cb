// SPDX-License-Identifier: Apache-2.0
#include "exec/child.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/fail.h"

namespace bobbin {
namespace {

Outcome outcome_of(int status) noexcept {
  if (WIFSIGNALED(status)) return Signalled{WTERMSIG(status)};
  return Exited{WEXITSTATUS(status)};
}

}  // namespace

bool ChildSet::contains(pid_t pid) const noexcept {
  return std::find(pids_.begin(), pids_.end(), pid) != pids_.end();
}

void ChildSet::erase(pid_t pid) noexcept { std::erase(pids_, pid); }

Child::Child(pid_t pid, ChildSet* set) noexcept : pid_(pid), set_(set) {
  if (set_ != nullptr) set_->insert(pid_);
}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    Child old(std::move(*this));
    pid_ = std::exchange(other.pid_, -1);
    set_ = std::exchange(other.set_, nullptr);
  }
  return *this;
}

Child::~Child() {
  if (is_reaped()) return;
  signal(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  release();
}

std::optional<Outcome> Child::try_wait() { return collect(WNOHANG); }

Outcome Child::wait() {
  for (;;) {
    if (const auto outcome = collect(0)) return *outcome;
  }
}

std::optional<Outcome> Child::collect(int options) {
  if (is_reaped()) fail(ErrorCode::invalid, "the outcome of a process was asked for twice");
  int status = 0;
  const pid_t got = ::waitpid(pid_, &status, options);
  if (got == 0 || (got < 0 && errno == EINTR)) return std::nullopt;
  if (got < 0) {
    const int error = errno;
    const pid_t lost = pid_;
    release();
    fail_errno(error, fmt::format("cannot learn how process {} ended", lost));
  }
  release();
  return outcome_of(status);
}

bool Child::has_ended() const noexcept {
  siginfo_t info{};
  return is_reaped() ||
         (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
          info.si_pid == pid_);
}

void Child::signal(int signal) const noexcept {
  // Unreaped, so the number still is this process.
  if (!is_reaped()) ::kill(pid_, signal);
}

void Child::release() noexcept {
  if (set_ != nullptr) set_->erase(pid_);
  set_ = nullptr;
  pid_ = -1;
}

}  // namespace bobbin
