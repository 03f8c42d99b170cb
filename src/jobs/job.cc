// SPDX-License-Identifier: Apache-2.0
#include "jobs/job.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>

namespace bobbin {
namespace {

// As Go prints them, which scripts that read such logs know: glibc's words without the capital for
// the classic signals, the number for the others.
std::string signal_text(int signal) {
  if (signal < SIGHUP || signal > SIGTERM) return fmt::format("signal {}", signal);
  std::string text = ::sigdescr_np(signal);
  text.front() = static_cast<char>(text.front() | 0x20);
  return text;
}

// "1h5m", "1m30s", "2.5s", "250ms", "1us": units that are zero are left out.
std::string duration_text(std::chrono::nanoseconds duration) {
  using namespace std::chrono;
  if (duration < milliseconds(1)) return fmt::format("{}us", duration / 1.0us);
  if (duration < seconds(1)) return fmt::format("{}ms", duration / 1.0ms);
  const auto whole_hours = floor<hours>(duration);
  const auto whole_minutes = floor<minutes>(duration - whole_hours);
  const auto rest = duration - whole_hours - whole_minutes;
  std::string text;
  if (whole_hours.count() != 0) text += fmt::format("{}h", whole_hours.count());
  if (whole_minutes.count() != 0) text += fmt::format("{}m", whole_minutes.count());
  if (rest.count() != 0) text += fmt::format("{}s", rest / 1.0s);
  return text;
}

std::string error_text(int error) {
  const char* text = ::strerrordesc_np(error);
  return text != nullptr ? text : fmt::format("error {}", error);
}

}  // namespace

std::string_view name_of(JobState state) noexcept {
  switch (state) {
    case JobState::pending: return "pending";
    case JobState::active: return "active";
    case JobState::failed: return "failed";
    case JobState::complete: return "complete";
  }
  return "?";
}

bool succeeded(const AttemptEnd& end) noexcept {
  return end.kind == EndKind::exited && end.value == 0;
}

std::string describe(const AttemptEnd& end, std::chrono::nanoseconds timeout) {
  switch (end.kind) {
    case EndKind::exited: return fmt::format("exit status {}", end.value);
    case EndKind::signalled: return "signal: " + signal_text(end.value);
    case EndKind::timed_out:
      return timeout.count() > 0 ? "timeout after " + duration_text(timeout) : "timeout";
    case EndKind::killed: return fmt::format("killed by user {}", static_cast<uid_t>(end.value));
    case EndKind::output_limit: return "output limit reached";
    case EndKind::could_not_start: return "could not start: " + error_text(end.value);
    case EndKind::lost: return "lost: the process that ran it died";
    case EndKind::shut_down: return "shut down";
  }
  return "?";
}

}  // namespace bobbin
