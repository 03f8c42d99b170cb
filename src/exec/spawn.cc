// SPDX-License-Identifier: Apache-2.0
#include "exec/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fail.h"

namespace bobbin {
namespace {

// Everything the child needs, made before vfork, and what it leaves for us to find.
struct Launch {
  char* const* argv;
  char* const* envp;
  const char* const* paths;  // ends with a null pointer
  const Command& command;
  const char* directory;     // nullptr: stay
  const Identity* identity;  // nullptr: stay
  const gid_t* groups;
  std::size_t group_count;
  const sigset_t* signal_mask;
  pid_t parent = 0;
  volatile StartStep step = StartStep::process;
  volatile int error = 0;          // errno of the failed start; 0: the program runs
  volatile std::size_t tried = 0;  // index of the path tried last
};

// As the kernel has it; all zero is SIG_DFL without flags, on every architecture.
struct KernelSigaction {
  unsigned long words[16];
};
constexpr std::size_t kKernelSigsetSize = 8;

// Whether execvp(3) looks at the next directory after this.
constexpr bool goes_on_after(int error) noexcept {
  return error == EACCES || error == ENOENT || error == ENOTDIR || error == ESTALE ||
         error == ENODEV || error == ETIMEDOUT;
}

// The child's part, here and in the functions below: system calls only, nothing that allocates,
// locks or is intercepted by a sanitizer (whose tables are our own here). Each returns the errno of
// what failed, or 0.
__attribute__((no_sanitize("address"), no_sanitize("undefined"), no_sanitize("thread"))) int
place_descriptors(const Command& command) noexcept {
  int from[3] = {command.stdin_fd, command.stdout_fd, command.stderr_fd};
  for (int target = 0; target < 3; ++target) {
    // One of 0..2 would be overwritten before its turn: first out of the way.
    if (from[target] >= 0 && from[target] < 3 && from[target] != target) {
      from[target] = static_cast<int>(::syscall(SYS_fcntl, from[target], F_DUPFD_CLOEXEC, 3));
      if (from[target] < 0) return errno;
    }
  }
  for (int target = 0; target < 3; ++target) {
    if (from[target] < 0) continue;
    const long done = from[target] == target ? ::syscall(SYS_fcntl, target, F_SETFD, 0)
                                             : ::syscall(SYS_dup3, from[target], target, 0);
    if (done < 0) return errno;
  }
  if (command.kept_fd < 0) return 0;
  return ::syscall(SYS_fcntl, command.kept_fd, F_SETFD, 0) < 0 ? errno : 0;
}

// The groups first: it takes the privilege that goes with the user.
__attribute__((no_sanitize("address"), no_sanitize("undefined"), no_sanitize("thread"))) int
change_identity(const Launch& launch) noexcept {
  const gid_t gid = launch.identity->gid;
  const uid_t uid = launch.identity->uid;
  if (::syscall(SYS_setgroups, launch.group_count, launch.groups) < 0) return errno;
  if (::syscall(SYS_setresgid, gid, gid, gid) < 0) return errno;
  return ::syscall(SYS_setresuid, uid, uid, uid) < 0 ? errno : 0;
}

__attribute__((no_sanitize("address"), no_sanitize("undefined"), no_sanitize("thread"))) int
enter_sandbox(const Command& command) noexcept {
  if (command.no_new_privileges && ::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
    return errno;
  }
  if (command.sandbox < 0) return 0;
  return ::syscall(SYS_landlock_restrict_self, command.sandbox, 0) < 0 ? errno : 0;
}

// The order: the working directory is entered with the rights of the user, and a change of user
// forgets that we are to die with our parent.
__attribute__((no_sanitize("address"), no_sanitize("undefined"), no_sanitize("thread"))) int set_up(
    Launch& launch) noexcept {
  const Command& command = launch.command;
  launch.step = StartStep::descriptors;
  int error = place_descriptors(command);
  if (error != 0) return error;
  launch.step = StartStep::session;
  if (command.new_session && ::syscall(SYS_setsid) < 0) return errno;
  launch.step = StartStep::identity;
  if (launch.identity != nullptr) error = change_identity(launch);
  if (error != 0) return error;
  if (command.dies_with_parent) {
    if (::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return errno;
    if (::syscall(SYS_getppid) != launch.parent) return ESRCH;  // it has died already
  }
  launch.step = StartStep::directory;
  if (launch.directory != nullptr && ::syscall(SYS_chdir, launch.directory) < 0) return errno;
  launch.step = StartStep::sandbox;
  return enter_sandbox(command);
}

__attribute__((no_sanitize("address"), no_sanitize("undefined"), no_sanitize("thread"))) int
become_program(Launch& launch) noexcept {
  const int failed = set_up(launch);
  if (failed != 0) return failed;
  const KernelSigaction by_default{};
  ::syscall(SYS_rt_sigaction, SIGPIPE, &by_default, nullptr, kKernelSigsetSize);
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, launch.signal_mask, nullptr, kKernelSigsetSize);

  launch.step = StartStep::program;
  // As execvp(3): what is not there is looked for further on; what may not be run is reported if
  // nothing else is found.
  int error = ENOENT;
  for (std::size_t at = 0; launch.paths[at] != nullptr; ++at) {
    launch.tried = at;
    ::syscall(SYS_execve, launch.paths[at], launch.argv, launch.envp);
    if (!goes_on_after(errno)) return errno;
    if (error != EACCES) error = errno;
  }
  return error;
}

// Alone in its frame: what the child does to the stack below vfork's caller must not meet a frame
// of ours.
__attribute__((noinline, no_sanitize("address"), no_sanitize("undefined"),
               no_sanitize("thread"))) pid_t
launch_process(Launch& launch) noexcept {
  launch.parent = static_cast<pid_t>(::syscall(SYS_getpid));
  const pid_t pid = ::vfork();
  if (pid == 0) {
    launch.error = become_program(launch);
    for (;;) ::syscall(SYS_exit_group, 127);
  }
  return pid;
}

void refuse_nul(const std::string& word, std::string_view what) {
  if (word.find('\0') != std::string::npos) {
    fail(ErrorCode::invalid, "nul byte in the " + std::string(what) + " " + shown(word));
  }
}

std::vector<char*> argv_of(const Command& command) {
  refuse_nul(command.program, "program name");
  std::vector<char*> argv;
  argv.reserve(command.arguments.size() + 2);
  // execve takes pointers to char that it does not write through.
  argv.push_back(const_cast<char*>(command.program.c_str()));
  for (const std::string& argument : command.arguments) {
    refuse_nul(argument, "parameter");
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  return argv;
}

std::string_view advice_for(int error, const std::string& program) {
  const bool in_path = program.find('/') == std::string::npos;
  switch (error) {
    case ENOENT:
      if (in_path) return "is it installed and in PATH?";
      return ::access(program.c_str(), F_OK) == 0 ? "the interpreter that it asks for is missing"
                                                  : "";
    case EACCES:
      return "is it an executable file, and on a file system that is not mounted noexec?";
    case ENOEXEC:
      return "it is neither a program for this machine nor a script that begins with #!";
    case E2BIG: return "its parameters and environment are too long";
    case EAGAIN: return "too many processes; see the limits (ulimit -u) of this user";
    default: return "";
  }
}

// The message for a start that failed.
[[noreturn]] void fail_start(const Command& command, const StartFailure& failure) {
  const std::string what = "cannot start " + shown(command.program);
  switch (failure.step) {
    case StartStep::directory: fail_errno(failure.error, what + " in " + shown(command.directory));
    case StartStep::identity:
      fail_errno(failure.error, what + fmt::format(" as user {}", command.identity->uid));
    case StartStep::sandbox: fail_errno(failure.error, what + " in its sandbox");
    default: fail_errno(failure.error, what, advice_for(failure.error, command.program));
  }
}

// Tries the paths in turn; 0 and the child, or the errno.
int try_paths(Launch& launch, const std::vector<const char*>& paths, pid_t& pid) {
  launch.paths = paths.data();
  launch.error = 0;
  launch.tried = 0;
  pid = launch_process(launch);
  if (pid < 0) return errno;
  if (launch.error == 0) return 0;
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return launch.error;
}

// Starts by the remembered path, or else by the first in PATH that works, which is then remembered.
int start(Launch& launch, ProgramPath* cache, pid_t& pid) {
  const std::string& program = launch.command.program;
  const bool cached = cache != nullptr && program.find('/') == std::string::npos;
  if (cached) {
    if (const std::string* path = cache->known(program)) {
      const int error = try_paths(launch, {path->c_str(), nullptr}, pid);
      if (launch.step != StartStep::program || !goes_on_after(error)) return error;
      cache->forget(program);
    }
  }
  const auto& search_path = launch.command.search_path;
  const std::vector<std::string> candidates =
      search_path ? ProgramPath::candidates(program, search_path->c_str())
                  : ProgramPath::candidates(program);
  std::vector<const char*> paths;
  paths.reserve(candidates.size() + 1);
  for (const std::string& path : candidates) paths.push_back(path.c_str());
  paths.push_back(nullptr);
  const int error = try_paths(launch, paths, pid);
  if (error == 0 && cached) cache->remember(program, candidates[launch.tried]);
  return error;
}

}  // namespace

std::variant<Child, StartFailure> try_spawn(const Command& command, const SpawnContext& context) {
  const std::vector<char*> argv = argv_of(command);
  refuse_nul(command.directory, "directory");
  std::vector<char*> own_environment;
  if (command.environment != nullptr) own_environment = command.environment->envp();
  const Identity* identity = command.identity ? &*command.identity : nullptr;
  Launch launch{
      .argv = argv.data(),
      .envp = command.environment != nullptr ? own_environment.data() : environ,
      .paths = nullptr,
      .command = command,
      .directory = command.directory.empty() ? nullptr : command.directory.c_str(),
      .identity = identity,
      .groups = identity != nullptr ? identity->groups.data() : nullptr,
      .group_count = identity != nullptr ? identity->groups.size() : 0,
      .signal_mask = &context.signal_mask,
  };
  if (context.children != nullptr) context.children->make_room();
  pid_t pid = -1;
  const int error = start(launch, context.program_path, pid);
  if (error != 0) return StartFailure{launch.step, error};
  return Child(pid, context.children);
}

Child spawn(const Command& command, const SpawnContext& context) {
  auto started = try_spawn(command, context);
  if (const auto* failure = std::get_if<StartFailure>(&started)) fail_start(command, *failure);
  return std::get<Child>(std::move(started));
}

}  // namespace bobbin
