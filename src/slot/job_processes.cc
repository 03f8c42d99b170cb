// SPDX-License-Identifier: Apache-2.0
#include "slot/job_processes.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace bobbin {
namespace {

std::chrono::nanoseconds duration(const timeval& time) noexcept {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

JobProcesses::JobProcesses(pid_t main, std::uint64_t started)
    : main_{.pid = main, .started = started} {}

bool JobProcesses::reap() {
  for (;;) {
    int status = 0;
    rusage use{};
    const pid_t pid = ::wait4(-1, &status, WNOHANG, &use);
    if (pid == 0) return true;
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return false;  // ECHILD
    if (pid == main_.pid && !main_status_) main_status_ = status;
    user_time_ += duration(use.ru_utime);
    system_time_ += duration(use.ru_stime);
    peak_rss_bytes_ = std::max(peak_rss_bytes_, static_cast<std::uint64_t>(use.ru_maxrss) * 1024);
  }
}

void JobProcesses::signal_all(int signal) const {
  const auto living = ProcessTree(main_).living({});
  for (const Process& process : living) send_signal(process, signal);
  if (signal == SIGKILL) return;
  for (const Process& process : living) send_signal(process, SIGCONT);
}

}  // namespace bobbin
