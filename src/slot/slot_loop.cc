// SPDX-License-Identifier: Apache-2.0
#include "slot/slot_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>
#include <variant>

#include "base/fail.h"
#include "exec/process_tree.h"

namespace bobbin {
namespace {

constexpr std::chrono::seconds kGiveUpAfter{5};
// Deaths below another subreaper do not announce themselves, and what was forked during a sweep is
// found by the next.
constexpr std::chrono::milliseconds kSweepAgain{10};
constexpr std::chrono::milliseconds kLookAtOutput{250};

Deadline sooner(const Deadline& one, const Deadline& other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

// posix_spawn leaves the two that glibc keeps for its threads ignored, and no library function
// takes them; jobs would have them so too.
void reset_reserved_signals() noexcept {
  // As the kernel has it: all zero is SIG_DFL without flags.
  constexpr std::array<unsigned long, 16> kByDefault{};
  constexpr std::size_t kKernelSigsetSize = 8;
  for (const int signal : {32, 33}) {
    ::syscall(SYS_rt_sigaction, signal, kByDefault.data(), nullptr, kKernelSigsetSize);
  }
}

Fd watch_signals() {
  // None may end the slot, which has a job to see to; a daemon that wants that kills it.
  sigset_t set;
  ::sigfillset(&set);
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  ::sigaddset(&set, SIGTERM);
  Fd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.is_open()) fail_errno(errno, "cannot watch for signals");
  return signals;
}

}  // namespace

SlotLoop::SlotLoop() : socket_(kSlotSocket), record_file_(kSlotRecord) {
  for (const int inherited : {kSlotSocket, kSlotRecord, kSlotSandbox}) {
    ::fcntl(inherited, F_SETFD, FD_CLOEXEC);  // the sandbox need not be there
  }
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) fail_errno(errno, "cannot become a subreaper");
  // Jobs of the same user may not look into this process, or take its descriptors.
  ::prctl(PR_SET_DUMPABLE, 0);
  if (::chdir("/") != 0) fail_errno(errno, "cannot leave the working directory");
  reset_reserved_signals();
  signals_ = watch_signals();
  const pid_t self = ::getpid();
  const auto process = look_up(self);
  write_owner(
      record_file_.get(),
      {.pid = self, .pid_started = process ? process->started : 0, .boot_id = current_boot_id()});
  buffer_.resize(kMaxMessage);
}

void SlotLoop::run() {
  while (socket_.is_open()) {
    wait(std::nullopt);
    if (!job_) continue;
    run_job(*job_);
    job_.reset();
  }
}

void SlotLoop::run_job(const RunRequest& request) {
  asked_.reset();
  const SlotResources resources{environment_, program_path_, record_file_.get(), capture_.get()};
  JobRun run(request, resources);
  bool is_all_gone = true;
  if (run.start()) {
    report(encode(StartReport{request.number, request.attempt, run.pid()}));
    is_all_gone = await_end(run);
  }
  report(encode(EndReport{run.finish(is_all_gone), !is_all_gone}));
  if (!is_all_gone) socket_.reset();
}

// Until the job has ended, or is to be ended, and then until nothing of it is left. Returns whether
// that was possible.
bool SlotLoop::await_end(JobRun& run) {
  JobProcesses& processes = run.processes();
  const RunRequest& request = *job_;
  const Deadline timeout =
      request.timeout.count() > 0 ? deadline_after(request.timeout) : std::nullopt;
  bool is_any_left = true;
  while (!processes.main_status() && !asked_) {
    wait(request.max_output != 0 ? sooner(timeout, deadline_after(kLookAtOutput)) : timeout);
    is_any_left = processes.reap();
    if (asked_) break;
    if (has_passed(timeout)) asked_ = AttemptEnd{EndKind::timed_out};
    if (run.is_beyond_output_limit()) asked_ = AttemptEnd{EndKind::output_limit};
  }
  const bool ended_by_itself = processes.main_status().has_value();
  if (ended_by_itself) run.note_end(std::nullopt);
  const std::optional<AttemptEnd> reason = asked_;
  const bool is_all_gone = !is_any_left || end_all(processes);
  if (!ended_by_itself) run.note_end(reason);
  return is_all_gone;
}

// TERM, grace, KILL.
bool SlotLoop::end_all(JobProcesses& processes) {
  processes.signal_all(SIGTERM);
  const Deadline patience = deadline_after(job_->grace);
  bool is_any_left = processes.reap();
  while (is_any_left && !has_passed(patience)) {
    wait(patience);
    is_any_left = processes.reap();
  }
  const Deadline give_up = deadline_after(kGiveUpAfter);
  while (is_any_left && !has_passed(give_up)) {
    processes.signal_all(SIGKILL);
    wait(sooner(give_up, deadline_after(kSweepAgain)));
    is_any_left = processes.reap();
  }
  return !is_any_left;
}

void SlotLoop::wait(const Deadline& deadline) {
  std::array<pollfd, 2> waiting{{{socket_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
  timespec left{};
  if (deadline) left = time_left(*deadline);
  const int ready = ::ppoll(waiting.data(), waiting.size(), deadline ? &left : nullptr, nullptr);
  if (ready < 0 && errno != EINTR) fail_errno(errno, "cannot wait");
  if (ready <= 0) return;
  if (waiting[1].revents != 0) take_signals();
  if (waiting[0].revents != 0) take_message((waiting[0].revents & POLLHUP) != 0);
}

void SlotLoop::take_signals() {
  std::array<signalfd_siginfo, 4> signals;
  const ssize_t got = ::read(signals_.get(), signals.data(), sizeof signals);
  if (got <= 0) return;
  for (std::size_t at = 0; at < static_cast<std::size_t>(got) / sizeof signals[0]; ++at) {
    if (signals[at].ssi_signo == SIGTERM && !asked_) asked_ = AttemptEnd{EndKind::shut_down};
  }
}

// Of a daemon that has gone no job is taken: the next one does not know that we would run it.
void SlotLoop::take_message(bool daemon_has_gone) {
  auto reception = receive_message(socket_.get(), buffer_);
  if (!reception) return;
  std::optional<Request> request;
  if (auto* message = std::get_if<ReceivedMessage>(&*reception)) {
    request = decode_request(std::move(*message));
  }
  if (request && std::holds_alternative<RunRequest>(*request) && !job_ && !daemon_has_gone) {
    job_ = std::move(std::get<RunRequest>(*request));
    if (job_->capture.is_open()) capture_ = std::move(job_->capture);
  } else if (const auto* kill = request ? std::get_if<KillRequest>(&*request) : nullptr) {
    const bool is_meant = job_ && job_->number == kill->number && job_->attempt == kill->attempt;
    if (is_meant && !asked_) asked_ = kill->reason;
  } else {
    socket_.reset();  // the daemon has gone, or is not ours
  }
}

void SlotLoop::report(const std::string& message) {
  if (!socket_.is_open()) return;
  // A daemon that has gone finds the record.
  if (send_message(socket_.get(), message) != 0) socket_.reset();
}

}  // namespace bobbin
