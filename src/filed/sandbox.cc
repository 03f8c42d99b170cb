// SPDX-License-Identifier: Apache-2.0
#include "filed/sandbox.h"

#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "base/fail.h"
#include "base/io.h"

// Of kernels younger than the headers this may be built with.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

namespace bobbin {
namespace {

// landlock_ruleset_attr as of ABI 6; older kernels are given less of it.
struct RulesetAttributes {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};
constexpr std::uint64_t kScopeAbstractSocket = 1, kScopeSignal = 2;

constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kWriteFile =
    kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
constexpr std::uint64_t kReadDirectory = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWriteDirectory = (LANDLOCK_ACCESS_FS_TRUNCATE << 1) - 1;

// Without the rights that came with version 3 a job could truncate what it may only read.
constexpr long kLeastVersion = 3;

long landlock_version() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 0) {
    fail_errno(errno, "cannot sandbox jobs: this kernel has no Landlock, or it is turned off",
               "start without --ro, --rof, --rw and --rwf, or boot with lsm=landlock,...");
  }
  if (version < kLeastVersion) {
    fail(ErrorCode::invalid,
         "cannot sandbox jobs: the Landlock of this kernel is too old to keep files from being "
         "truncated; Linux 6.2 or later can");
  }
  return version;
}

std::uint64_t handled_files(long version) {
  return kWriteDirectory | (version >= 5 ? LANDLOCK_ACCESS_FS_IOCTL_DEV : 0);
}

Fd make_ruleset(bool for_jobs) {
  const long version = landlock_version();
  RulesetAttributes attributes{handled_files(version), 0, 0};
  // A job can't signal or reach by abstract socket what is outside its own sandbox.
  if (for_jobs && version >= 6) attributes.scopes = kScopeAbstractSocket | kScopeSignal;
  const std::size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const long fd = ::syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
  if (fd < 0) fail_errno(errno, "cannot make a Landlock ruleset");
  return Fd(static_cast<int>(fd));  // close-on-exec, as the kernel makes it
}

void allow(const Fd& ruleset, const std::string& path, std::uint64_t access) {
  const Fd target =
      open_at(AT_FDCWD, path, O_PATH, 0, "cannot open " + shown(path) + " for the sandbox");
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access & handled_files(landlock_version());
  rule.parent_fd = target.get();
  if (::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    fail_errno(errno, "cannot add " + shown(path) + " to the sandbox");
  }
}

void allow_if_there(const Fd& ruleset, const std::string& path, std::uint64_t access) {
  if (::access(path.c_str(), F_OK) == 0) allow(ruleset, path, access);
}

void allow_named(const Fd& ruleset, const SandboxPath& path) {
  const bool wants_directory =
      path.access == SandboxAccess::read_directory || path.access == SandboxAccess::write_directory;
  struct stat status {};
  if (::stat(path.path.c_str(), &status) != 0) {
    fail_errno(errno, "cannot open " + shown(path.path) + " for the sandbox");
  }
  if (wants_directory != S_ISDIR(status.st_mode)) {
    fail(ErrorCode::invalid,
         shown(path.path) + (wants_directory
                                 ? " is not a directory: --rof and --rwf are for files"
                                 : " is a directory: --ro and --rw are for directories"));
  }
  switch (path.access) {
    case SandboxAccess::read_directory: return allow(ruleset, path.path, kReadDirectory);
    case SandboxAccess::read_file: return allow(ruleset, path.path, kReadFile);
    case SandboxAccess::write_directory: return allow(ruleset, path.path, kWriteDirectory);
    case SandboxAccess::write_file: return allow(ruleset, path.path, kWriteFile);
  }
}

// The C library and the loader, where this very program has them.
std::vector<std::string> own_libraries() {
  std::vector<std::string> paths;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* into) {
        const std::string path = info->dlpi_name ? info->dlpi_name : "";
        const bool wanted = path.find("/libc.so") != std::string::npos ||
                            path.find("/ld-linux") != std::string::npos ||
                            path.find("/ld-musl") != std::string::npos;
        if (wanted) static_cast<std::vector<std::string>*>(into)->push_back(path);
        return 0;
      },
      &paths);
  return paths;
}

// Without these no job could even start.
void allow_shell(const Fd& ruleset) {
  allow_if_there(ruleset, "/bin/sh", kReadFile);
  allow_if_there(ruleset, "/etc/ld.so.cache", kReadFile);
  for (const std::string& path : own_libraries()) allow_if_there(ruleset, path, kReadFile);
  allow_if_there(ruleset, "/dev/null", kWriteFile);
}

}  // namespace

Fd job_sandbox(const std::vector<SandboxPath>& paths) {
  Fd ruleset = make_ruleset(true);
  allow_shell(ruleset);
  for (const SandboxPath& path : paths) allow_named(ruleset, path);
  return ruleset;
}

void enter_daemon_sandbox(const std::vector<SandboxPath>& paths, const std::string& state_directory,
                          const std::string& slot_program) {
  const Fd ruleset = make_ruleset(false);
  allow_shell(ruleset);
  for (const SandboxPath& path : paths) allow_named(ruleset, path);
  allow(ruleset, state_directory, kWriteDirectory);
  allow(ruleset, slot_program, kReadFile);
  for (const char* path : {"/lib", "/lib64", "/usr/lib", "/etc", "/run", "/proc"}) {
    allow_if_there(ruleset, path, kReadDirectory);
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    fail_errno(errno, "cannot enter the sandbox");
  }
}

}  // namespace bobbin
