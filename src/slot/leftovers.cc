// SPDX-License-Identifier: Apache-2.0
#include "slot/leftovers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "base/io.h"
#include "exec/deadline.h"

namespace bobbin {
namespace {

constexpr std::chrono::seconds kGiveUpAfter{1};
constexpr long kLookAgainNs = 2'000'000;
constexpr std::size_t kMostEnvironment = 4 << 20;

}  // namespace

void kill_leftovers(const std::function<std::vector<Process>()>& look) {
  const Deadline give_up = deadline_after(kGiveUpAfter);
  for (int quiet_looks = 0; quiet_looks < 2 && !has_passed(give_up);) {
    const std::vector<Process> living = look();
    for (const Process& process : living) send_signal(process, SIGKILL);
    quiet_looks = living.empty() ? quiet_looks + 1 : 0;
    if (living.empty()) continue;
    const timespec pause{0, kLookAgainNs};
    ::nanosleep(&pause, nullptr);
  }
}

void reap_leftovers(std::uint64_t since, const std::vector<pid_t>& not_ours) {
  for (const pid_t pid : children_of(::getpid())) {
    if (std::find(not_ours.begin(), not_ours.end(), pid) != not_ours.end()) continue;
    const auto process = look_up(pid);
    if (process && !process->is_alive && process->started >= since) {
      ::waitpid(pid, nullptr, WNOHANG);
    }
  }
}

bool has_variable(pid_t pid, const std::string& variable) {
  const Fd file = try_open_at(AT_FDCWD, fmt::format("/proc/{}/environ", pid), O_RDONLY);
  if (!file.is_open()) return false;
  // Each entry ends with a NUL; one before the first makes them all alike.
  const auto text = read_small(file.get(), kMostEnvironment, "an environment");
  const std::string wanted = '\0' + variable + '\0';
  return text && ('\0' + *text).find(wanted) != std::string::npos;
}

}  // namespace bobbin
