// SPDX-License-Identifier: Apache-2.0
#include "slot/job_run.h"

#include <bobbin/error.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <variant>

#include "base/fail.h"
#include "base/io.h"
#include "exec/spawn.h"
#include "jobs/shortage.h"
#include "slot/job_command.h"
#include "slot/job_content.h"
#include "slot/job_log.h"

namespace bobbin {
namespace {

WallTime wall_now() { return std::chrono::system_clock::now(); }

std::uint64_t size_of(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) fail_errno(errno, "cannot look at the log of a job");
  return static_cast<std::uint64_t>(status.st_size);
}

AttemptEnd end_of(int wait_status) noexcept {
  if (WIFSIGNALED(wait_status)) return {EndKind::signalled, WTERMSIG(wait_status)};
  return {EndKind::exited, WEXITSTATUS(wait_status)};
}

// Everything about the child but what it executes.
Command command_for(const RunRequest& request, int log, Environment& environment) {
  Command command{.environment = &environment,
                  .stdout_fd = log,
                  .stderr_fd = log,
                  .directory = request.directory,
                  .new_session = true,
                  .dies_with_parent = true,
                  .no_new_privileges = request.is_sandboxed || request.changes_identity,
                  .sandbox = request.is_sandboxed ? kSlotSandbox : -1};
  environment.set("FILED_JOB", request.name);
  environment.set("FILED_ATTEMPT", fmt::format_int(request.attempt).c_str());
  if (!request.directory.empty()) environment.set("PWD", request.directory);
  for (const std::string& variable : request.environment) {
    const std::size_t equals = variable.find('=');
    if (equals == std::string::npos) continue;
    const std::string value = variable.substr(equals + 1);
    const std::string name = variable.substr(0, equals);
    if (name == "PATH") command.search_path = value;
    environment.set(name, value);
  }
  if (request.changes_identity) {
    command.identity = Identity{request.uid, request.gid, request.groups};
  }
  return command;
}

using Started = std::variant<pid_t, StartFailure>;

Started start_command(const Command& command, const SpawnContext& context) {
  auto started = try_spawn(command, context);
  if (const auto* failure = std::get_if<StartFailure>(&started)) return *failure;
  // JobProcesses collects whatever ends, so no Child may wait for it.
  Child& child = std::get<Child>(started);
  const pid_t pid = child.pid();
  child.release();
  return pid;
}

pid_t pid_of(const Started& started) {
  if (const auto* failure = std::get_if<StartFailure>(&started)) {
    fail_errno(failure->error, "cannot start a job");
  }
  return std::get<pid_t>(started);
}

}  // namespace

JobRun::JobRun(const RunRequest& request, const SlotResources& slot)
    : request_(request),
      slot_(slot),
      log_(request.log_file.is_open() ? request.log_file.get() : slot.capture) {
  record_.sequence = request.sequence;
  record_.number = request.number;
  record_.attempt = request.attempt;
}

bool JobRun::start() {
  started_ = std::chrono::steady_clock::now();
  record_.started = wall_now();
  try {
    const JobContent content(request_);
    write_log_head(content.text());
    write_record(slot_.record_file, record_);
    record_.pid_started = ticks_now();
    record_.pid = start_content(content.text());
    processes_.emplace(record_.pid, record_.pid_started);
    save_record();
    return true;
  } catch (const Error& error) {
    const int number = error.system_errno() != 0 ? error.system_errno() : EINVAL;
    note_end(is_shortage(number) ? AttemptEnd{EndKind::lost}
                                 : AttemptEnd{EndKind::could_not_start, number});
    return false;
  }
}

void JobRun::write_log_head(std::string_view content) {
  // The open file is shared with every job of the slot: what the last one set on it ends here.
  if (::fcntl(log_, F_SETFL, O_APPEND) != 0) fail_errno(errno, "cannot prepare the log of a job");
  if (request_.log_file.is_open()) {
    append_head(log_, content);
  } else {
    // Not before now: whoever reads the log of the last job may still be at it.
    if (::ftruncate(log_, 0) != 0) fail_errno(errno, "cannot empty the capture file");
    write_head(log_, request_.log, content);
  }
  if (request_.max_output != 0) head_size_ = size_of(log_);
}

pid_t JobRun::start_content(std::string_view content) {
  Environment environment = slot_.environment;
  Command command = command_for(request_, log_, environment);
  // Where another PATH is searched, or with another user's rights, what was found says nothing.
  const bool is_usual_path = !command.search_path && !command.identity;
  const SpawnContext context{.program_path = is_usual_path ? &slot_.program_path : nullptr};

  if (is_script(content)) {
    const Fd script = make_script(content);
    command.program = path_of(script);
    command.kept_fd = script.get();
    return pid_of(start_command(command, context));
  }
  if (content.find('\0') != std::string_view::npos) {
    fail(ErrorCode::invalid, "nul byte in the content of a job");
  }
  if (auto words = simple_command(content)) {
    command.program = std::move(words->front());
    words->erase(words->begin());
    command.arguments = std::move(*words);
    const Started started = start_command(command, context);
    const auto* failure = std::get_if<StartFailure>(&started);
    if (failure == nullptr || failure->step != StartStep::program) return pid_of(started);
    // The shell finds no more than we did, but says so in its own words.
  }
  // By this name it speaks of itself in messages. Not from the job's PATH.
  command.program = "sh";
  command.search_path = "/bin";
  if (content.size() <= kMaxShellParameter) {
    command.arguments = shell_parameters(content);
    return pid_of(start_command(command, {}));
  }
  const Fd script = make_script(content);
  command.arguments = {path_of(script)};
  command.kept_fd = script.get();
  return pid_of(start_command(command, {}));
}

bool JobRun::is_beyond_output_limit() const {
  return request_.max_output != 0 && size_of(log_) > head_size_ + request_.max_output;
}

void JobRun::note_end(const std::optional<AttemptEnd>& reason) {
  record_.use.wall = std::chrono::steady_clock::now() - started_;
  record_.ended = wall_now();
  record_.end = reason ? *reason : end_of(*processes_->main_status());
}

const AttemptRecord& JobRun::finish(bool is_log_free) {
  if (processes_) {
    record_.use.user = processes_->user_time();
    record_.use.system = processes_->system_time();
    record_.use.peak_rss_bytes = processes_->peak_rss_bytes();
  }
  try {
    if (is_beyond_output_limit() &&
        ::ftruncate(log_, static_cast<off_t>(head_size_ + request_.max_output)) != 0) {
      fail_errno(errno, "cannot cut a log");
    }
    if (!succeeded(*record_.end))
      write_all(log_, log_tail(*record_.end, request_.timeout), "a log");
  } catch (const Error&) {
    // A full disk: the record says how it ended.
  }
  record_.log_place = LogPlace::in_log_file;
  if (!request_.log_file.is_open()) {
    record_.log_place = LogPlace::in_capture;
    std::string log(kMaxInlineLog + 1, '\0');
    const ssize_t size = ::pread(log_, log.data(), log.size(), 0);
    log.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (size >= 0 && log.size() <= kMaxInlineLog && is_log_free) {
      record_.log_place = LogPlace::in_record;
      record_.log = std::move(log);
    }
  }
  save_record();
  return record_;
}

// The daemon gets it as a message too; only if that is gone as well, the attempt counts as lost.
void JobRun::save_record() noexcept {
  try {
    write_record(slot_.record_file, record_);
  } catch (const Error&) {
  }
}

}  // namespace bobbin
