// SPDX-License-Identifier: Apache-2.0
#include "shim_trace.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atomic>

namespace shim {
namespace {

constexpr int kHighFd = 900;

enum class Mode { off, count, kill, fail, drop };

// Written once by the constructor, before the program's main.
struct Settings {
  Mode mode = Mode::off;
  long at = 0;
  bool kill_after = false;
  int error = 0;  // 0: short
  pid_t pid = 0;
  int report = -1;
  char under[4096] = {};
  char lasts_while[4096] = {};
};
Settings settings;
std::atomic<long> calls{0};
std::atomic<long> syncs{0};
std::atomic_flag line_busy = ATOMIC_FLAG_INIT;
std::atomic_flag turn_taken = ATOMIC_FLAG_INIT;

int error_named(const char* name) {
  if (strcmp(name, "EINTR") == 0) return EINTR;
  if (strcmp(name, "ENOSPC") == 0) return ENOSPC;
  return strcmp(name, "short") == 0 ? 0 : EIO;
}

const char* setting(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

void open_report(const char* path) {
  const long fd =
      syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  settings.report = static_cast<int>(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, kHighFd));
  syscall(SYS_close, fd);
}

// Leaves no trace of the shim in the environment: what the program starts is not under test.
__attribute__((constructor(101))) void start() {
  const char* report = setting("SHIM_REPORT");
  if (*report != '\0') {
    const char* mode = setting("SHIM_MODE");
    settings.at = atol(setting("SHIM_AT"));
    settings.kill_after = strcmp(setting("SHIM_WHEN"), "after") == 0;
    settings.error = error_named(setting("SHIM_ERRNO"));
    settings.pid = static_cast<pid_t>(syscall(SYS_getpid));
    snprintf(settings.under, sizeof settings.under, "%s", setting("SHIM_UNDER"));
    snprintf(settings.lasts_while, sizeof settings.lasts_while, "%s", setting("SHIM_WHILE"));
    open_report(report);
    settings.mode = strcmp(mode, "kill") == 0   ? Mode::kill
                    : strcmp(mode, "fail") == 0 ? Mode::fail
                    : strcmp(mode, "drop") == 0 ? Mode::drop
                                                : Mode::count;
  }
  for (const char* name : {"LD_PRELOAD", "SHIM_REPORT", "SHIM_MODE", "SHIM_AT", "SHIM_WHEN",
                           "SHIM_ERRNO", "SHIM_UNDER", "SHIM_WHILE"}) {
    unsetenv(name);
  }
}

bool is_regular(int fd) {
  struct stat status {};
  return syscall(SYS_fstat, fd, &status) == 0 && S_ISREG(status.st_mode);
}

bool is_sync(const char* name) {
  return strcmp(name, "fsync") == 0 || strcmp(name, "fdatasync") == 0;
}

[[noreturn]] void die() {
  for (;;) syscall(SYS_kill, settings.pid, SIGKILL);
}

bool is_at_work() { return settings.mode != Mode::off && syscall(SYS_getpid) == settings.pid; }

bool is_below(const char* path) {
  const std::size_t size = strlen(settings.under);
  return strncmp(path, settings.under, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

bool is_below(int fd) {
  char link[64];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const long size = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  path[size > 0 ? size : 0] = '\0';
  return is_below(path);
}

// Whether a failure that began goes on.
bool lasts() {
  if (settings.lasts_while[0] == '\0') return settings.error == ENOSPC;  // a full disk stays full
  return syscall(SYS_faccessat, AT_FDCWD, settings.lasts_while, F_OK) == 0;
}

}  // namespace

bool is_below_only() { return settings.under[0] != '\0'; }

bool is_counting() { return is_at_work() && !is_below_only(); }

bool is_counting(int fd) { return is_at_work() && (!is_below_only() || is_below(fd)); }

bool is_counting(int dirfd, const char* path) {
  return is_at_work() && (!is_below_only() || is_below(path) || (*path != '/' && is_below(dirfd)));
}

Turn::Turn() {
  while (is_below_only() && turn_taken.test_and_set(std::memory_order_acquire)) {
    syscall(SYS_sched_yield);
  }
}

Turn::~Turn() { turn_taken.clear(std::memory_order_release); }

void note_spawn(char* const* environment) {
  static constexpr char kVariable[] = "FSPL_SEQ=";
  if (settings.mode == Mode::off || environment == nullptr) return;
  for (; *environment != nullptr; ++environment) {
    if (strncmp(*environment, kVariable, sizeof kVariable - 1) != 0) continue;
    char line[64];
    const int size =
        snprintf(line, sizeof line, "SPAWN %.40s\n", *environment + sizeof kVariable - 1);
    syscall(SYS_write, settings.report, line, static_cast<std::size_t>(size));
  }
}

bool is_own(int fd) { return settings.mode != Mode::off && fd == settings.report; }

char Line::buffer_[2 * kContentLimit + 16384];

Line::Line() {
  while (line_busy.test_and_set(std::memory_order_acquire)) {
  }
}

Line::~Line() { line_busy.clear(std::memory_order_release); }

void Line::byte(char c) {
  if (size_ + 1 < sizeof buffer_) buffer_[size_++] = c;
}

void Line::text(const char* s) {
  for (; *s != '\0'; ++s) byte(*s);
}

void Line::hex(unsigned char c) {
  byte("0123456789abcdef"[c >> 4]);
  byte("0123456789abcdef"[c & 15]);
}

void Line::number(long n) {
  char digits[24];
  snprintf(digits, sizeof digits, "%ld", n);
  text(digits);
}

void Line::field(const char* key, long n) {
  byte(' ');
  text(key);
  byte('=');
  number(n);
}

void Line::encoded(const char* s) {
  for (; *s != '\0'; ++s) {
    const auto c = static_cast<unsigned char>(*s);
    if (c > ' ' && c < 0x7f && c != '%' && c != '=') {
      byte(*s);
    } else {
      byte('%');
      hex(c);
    }
  }
}

void Line::inode(const struct stat& status) {
  number(static_cast<long>(status.st_dev));
  byte(':');
  number(static_cast<long>(status.st_ino));
}

// The content as the file system has it now; read through /proc as `fd` may be write-only.
void Line::content_of(int fd, long size) {
  static unsigned char bytes[kContentLimit];
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const long copy = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (size > static_cast<long>(kContentLimit) || copy < 0) {
    field("size", size);
  } else {
    const long got = syscall(SYS_pread64, copy, bytes, sizeof bytes, 0L);
    text(" content=");
    for (long i = 0; i < got; ++i) hex(bytes[i]);
  }
  if (copy >= 0) syscall(SYS_close, copy);
}

void Line::data(const void* bytes, long size) {
  text(" data=");
  for (long i = 0; i < size; ++i) hex(static_cast<const unsigned char*>(bytes)[i]);
}

void Line::write() {
  byte('\n');
  syscall(SYS_write, settings.report, buffer_, size_);
  size_ = 0;
}

Name look_up(int dirfd, const char* path, int flags) {
  Name name;
  name.path = path;
  char parent[4096];
  const char* slash = strrchr(path, '/');
  const char* base = slash == nullptr ? path : slash + 1;
  const std::size_t length = static_cast<std::size_t>(base - path);
  if (length + 2 > sizeof parent) return name;
  memcpy(parent, path, length);
  memcpy(parent + length, ".", 2);
  snprintf(name.base, sizeof name.base, "%.255s", base);
  name.dir_known = syscall(SYS_newfstatat, dirfd, parent, &name.dir, 0) == 0;
  name.exists = syscall(SYS_newfstatat, dirfd, path, &name.file, flags) == 0;
  return name;
}

void describe_place(Line& line, const Name& name, const char* suffix) {
  const auto key = [&](const char* text) {
    line.text(text);
    line.text(suffix);
    line.text("=");
  };
  key(" path");
  line.encoded(name.path);
  if (!name.dir_known) return;
  key(" dir");
  line.inode(name.dir);
  key(" name");
  line.encoded(name.base);
}

void describe(Line& line, const Name& name, const char* suffix) {
  describe_place(line, name, suffix);
  if (!name.exists) return;
  line.text(" file");
  line.text(suffix);
  line.text("=");
  line.inode(name.file);
}

void describe(Line& line, int fd, WithContent content) {
  struct stat status {};
  line.field("fd", fd);
  if (syscall(SYS_fstat, fd, &status) != 0) return;
  line.text(" file=");
  line.inode(status);
  line.text(S_ISREG(status.st_mode)    ? " type=f"
            : S_ISDIR(status.st_mode)  ? " type=d"
            : S_ISFIFO(status.st_mode) ? " type=p"
                                       : " type=o");
  if (content == WithContent::no || !S_ISREG(status.st_mode)) return;
  if (is_below_only()) return line.field("size", status.st_size);
  line.content_of(fd, status.st_size);
}

void describe_written(Line& line, int fd, const void* bytes, long size, long offset) {
  if (!is_below_only() || size < 0 || size > static_cast<long>(kContentLimit)) return;
  line.field("at", offset >= 0 ? offset : syscall(SYS_lseek, fd, 0L, SEEK_CUR) - size);
  line.data(bytes, size);
}

Plan plan_call(const char* name, int space_fd) {
  Plan plan;
  plan.number = calls.fetch_add(1) + 1;
  const bool is_it = plan.number == settings.at;
  if (settings.mode == Mode::kill && is_it) {
    if (!settings.kill_after) {
      Line line;
      line.number(plan.number);
      line.text(" ");
      line.text(name);
      line.text(" spoiled=killed_before");
      line.write();
      die();
    }
    plan.dies_after = true;
  }
  if (settings.mode == Mode::fail && is_it) {
    plan.error = settings.error;
    plan.is_short = settings.error == 0;
  }
  if (settings.mode == Mode::fail && plan.number > settings.at && lasts()) {
    // What goes to standard error lives elsewhere.
    const bool needs_space =
        space_fd == kNewFile || (space_fd >= 0 && space_fd != 2 && is_regular(space_fd));
    if (settings.error != ENOSPC || needs_space) plan.error = settings.error;
  }
  if (settings.mode == Mode::drop && is_sync(name)) {
    plan.is_dropped = syncs.fetch_add(1) + 1 == settings.at;
  }
  return plan;
}

void begin(Line& line, const char* name, const Plan& plan, long result, int error) {
  line.number(plan.number);
  line.text(" ");
  line.text(name);
  line.field("result", result);
  if (result < 0) line.field("errno", error);
  if (plan.error != 0) line.text(" spoiled=failed");
  if (plan.is_short) line.text(" spoiled=short");
  if (plan.is_dropped) line.text(" spoiled=dropped");
  if (plan.dies_after) line.text(" spoiled=killed_after");
}

void end(Line& line, const Plan& plan) {
  line.write();
  if (plan.dies_after) die();
}

}  // namespace shim
