// SPDX-License-Identifier: Apache-2.0
#include "exec/supervisor.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <utility>

#include "base/fail.h"
#include "exec/process_tree.h"

namespace bobbin {
namespace {

constexpr std::array kStopSignals{SIGTERM, SIGINT, SIGHUP, SIGQUIT};
constexpr std::chrono::seconds kGiveUpAfter{5};
// Most deaths announce themselves by SIGCHLD; those below another supervisor do not.
constexpr std::chrono::milliseconds kLookAgain{10};

bool is_ignored(int signal) noexcept {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

Deadline sooner(const Deadline& one, const Deadline& other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

// SIGKILL to all that can be reached, again and again until none is left.
class Killing {
 public:
  // Whether a process was found that had not been killed yet; then there may be more.
  bool strike(const std::vector<Process>& processes) {
    bool is_new = false;
    for (const Process& process : processes) {
      const SignalResult result = send_signal(process, SIGKILL);
      if (result == SignalResult::denied) denied_.emplace(process.pid, process.started);
      is_new |= struck_.emplace(process.pid, process.started).second;
    }
    return is_new;
  }

  bool is_any_reachable(const std::vector<Process>& processes) const {
    return std::any_of(processes.begin(), processes.end(), [this](const Process& process) {
      return !denied_.contains({process.pid, process.started});
    });
  }

 private:
  std::set<std::pair<pid_t, std::uint64_t>> struck_;
  std::set<std::pair<pid_t, std::uint64_t>> denied_;
};

// Once to each process that is there: what its handlers start to clean up is left to work.
void ask_to_stop(const std::vector<Process>& processes, int signal) {
  for (const Process& process : processes) send_signal(process, signal);
  // One that is stopped would not hear it.
  for (const Process& process : processes) send_signal(process, SIGCONT);
}

}  // namespace

Supervisor::Supervisor() {
  ::sigemptyset(&stop_signals_);
  for (const int signal : kStopSignals) {
    if (!is_ignored(signal)) ::sigaddset(&stop_signals_, signal);
  }
  watched_ = stop_signals_;
  ::sigaddset(&watched_, SIGCHLD);
  // Where SIGCHLD is ignored, as some parents leave it, the kernel throws away how a child ended.
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  by_default.sa_flags = SA_NOCLDSTOP;
  if (::sigaction(SIGCHLD, &by_default, &old_sigchld_) != 0 ||
      ::sigprocmask(SIG_BLOCK, &watched_, &old_mask_) != 0) {
    fail_errno(errno, "cannot set up signals");
  }
  // Both are best effort: without a subreaper, processes that leave the tree escape.
  ::prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Supervisor::~Supervisor() {
  ::prctl(PR_SET_CHILD_SUBREAPER, was_subreaper_);
  ::sigaction(SIGCHLD, &old_sigchld_, nullptr);
  ::sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

Child Supervisor::spawn(const Command& command) {
  return bobbin::spawn(
      command, {.signal_mask = old_mask_, .program_path = &program_path_, .children = &children_});
}

Outcome Supervisor::run(const Command& command, const StopPolicy& policy,
                        const std::function<void()>& while_running) {
  Child child = spawn(command);
  const Deadline deadline = deadline_after(policy.timeout);
  if (while_running) while_running();
  return wait_until(child, policy, deadline);
}

Outcome Supervisor::wait(Child child, const StopPolicy& policy) {
  return wait_until(child, policy, deadline_after(policy.timeout));
}

Outcome Supervisor::wait_until(Child& child, const StopPolicy& policy, const Deadline& deadline) {
  const unsigned stops_to_end = policy.drain ? 2 : 1;
  Wake woken_by = Wake::deadline;
  for (;;) {
    // Before the first wait too: another wait may have taken its SIGCHLD.
    if (const auto outcome = child.try_wait()) {
      settle();
      return *outcome;
    }
    if (woken_by == Wake::child) reap_adopted();
    if (stop_count_ >= stops_to_end) {
      end_tree(child, policy.interrupt_signal.value_or(policy.stop_signal), policy.grace);
      return Interrupted{*stop_};
    }
    if (has_passed(deadline)) {
      end_tree(child, policy.stop_signal, policy.grace);
      return TimedOut{};
    }
    woken_by = await_signal(deadline);
  }
}

Supervisor::Wake Supervisor::await_signal(const Deadline& deadline) {
  for (;;) {
    timespec left{};
    if (deadline) left = time_left(*deadline);
    const int signal = ::sigtimedwait(&watched_, nullptr, deadline ? &left : nullptr);
    if (signal == SIGCHLD) return Wake::child;
    if (signal > 0) {
      note_stop(signal);
      return Wake::stop;
    }
    if (errno == EAGAIN) return Wake::deadline;
    // EINTR: a signal that is none of ours (SIGCONT after a stop).
  }
}

void Supervisor::note_stop(int signal) noexcept {
  if (!stop_) stop_ = signal;
  ++stop_count_;
}

void Supervisor::end_tree(Child& child, int stop_signal, std::chrono::nanoseconds grace) {
  // The first process is not reaped before the end, so that its number stays its own.
  const ProcessTree tree(child.pid());
  const auto sweep = [&] { return tree.living(not_of(child)); };
  if (stop_signal != SIGKILL) {
    ask_to_stop(sweep(), stop_signal);
    const Deadline patience = deadline_after(grace);
    const unsigned stops = stop_count_;
    while (stops == stop_count_ && !has_passed(patience)) {
      // A list of children may miss one while another leaves it, hence two sweeps.
      if (child.has_ended() && sweep().empty() && sweep().empty()) break;
      await_signal(patience);
      reap_adopted();
    }
  }
  const Deadline give_up = deadline_after(kGiveUpAfter);
  Killing killing;
  for (int quiet_sweeps = 0; quiet_sweeps < 2 && !has_passed(give_up);) {
    child.signal(SIGKILL);  // also without /proc, where the tree is not seen
    const std::vector<Process> living = sweep();
    const bool found_more = killing.strike(living);
    if (child.has_ended() && !killing.is_any_reachable(living)) {
      ++quiet_sweeps;
      continue;
    }
    quiet_sweeps = 0;
    if (!found_more) await_signal(sooner(give_up, deadline_after(kLookAgain)));
    reap_adopted();
  }
  if (!child.try_wait()) child.release();
  settle();
}

std::vector<pid_t> Supervisor::not_of(const Child& job) const {
  std::vector<pid_t> others = leftovers_;
  for (const pid_t pid : children_.pids()) {
    if (pid != job.pid()) others.push_back(pid);
  }
  return others;
}

// Reaps the orphans that have ended. Returns whether there may be other children left.
bool Supervisor::reap_adopted() {
  const auto reap = [this](pid_t pid) {
    if (::waitpid(pid, nullptr, WNOHANG) == pid) std::erase(leftovers_, pid);
  };
  for (;;) {
    siginfo_t ended{};
    if (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0) {
      if (errno == EINTR) continue;
      return false;  // ECHILD: no child at all
    }
    if (ended.si_pid == 0) return true;
    if (children_.contains(ended.si_pid)) break;  // not ours to reap, and it hides those behind it
    reap(ended.si_pid);
  }
  for (const pid_t pid : children_of(::getpid())) {
    if (!children_.contains(pid)) reap(pid);
  }
  return true;
}

// After a job: what is left of it now is nobody's, and not the next job's either.
void Supervisor::settle() {
  leftovers_.clear();
  if (!reap_adopted()) return;
  leftovers_ = children_of(::getpid());
  std::erase_if(leftovers_, [this](pid_t pid) { return children_.contains(pid); });
}

std::optional<int> Supervisor::stop_requested() {
  const timespec at_once{};
  for (;;) {
    const int signal = ::sigtimedwait(&stop_signals_, nullptr, &at_once);
    if (signal > 0) {
      note_stop(signal);
    } else if (errno != EINTR) {
      return stop_;
    }
  }
}

std::optional<int> Supervisor::sleep_until(SteadyTime deadline) {
  while (!stop_) {
    const Wake wake = await_signal(deadline);
    if (wake == Wake::deadline) break;
    if (wake == Wake::child) reap_adopted();
  }
  return stop_;
}

Readiness Supervisor::wait_readable(int fd, const Deadline& deadline) {
  if (!signals_.is_open()) {
    signals_ = Fd(::signalfd(-1, &watched_, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.is_open()) fail_errno(errno, "cannot watch for signals");
  }
  while (!stop_) {
    // The descriptor only tells that a signal is there; taking it is await_signal's, as everywhere.
    std::array<pollfd, 2> waiting{{{fd, POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    timespec left{};
    if (deadline) left = time_left(*deadline);
    const int ready = ::ppoll(waiting.data(), waiting.size(), deadline ? &left : nullptr, nullptr);
    if (ready < 0 && errno != EINTR) fail_errno(errno, "cannot wait for input");
    if (ready == 0) return Readiness::timed_out;
    if (ready < 0) continue;
    if (waiting[1].revents != 0) {
      if (await_signal(std::chrono::steady_clock::now()) == Wake::child) reap_adopted();
    } else if (waiting[0].revents != 0) {
      return Readiness::readable;
    }
  }
  return Readiness::stop;
}

}  // namespace bobbin
