// SPDX-License-Identifier: Apache-2.0
// LD_PRELOAD shim: counts the calls by which a program reads and changes files, and spoils the Nth.
//
// The one idea: every libc wrapper is replaced by the bare system call between two steps of
// bookkeeping (shim_trace.h), so that the program under test is the real binary and the trace holds
// all that disk_model.py needs to say what a power loss would have left: inodes, names, contents.
// It judges nothing. It does not see mmap'ed stores, stdio or what libc does inside itself
// (opendir and readdir excepted). The start of a job's command is noted as "SPAWN SEQ", uncounted.
//
//   SHIM_REPORT=PATH   required; the trace is appended to it, one line a call, as it happens
//   SHIM_MODE=count    only trace
//   SHIM_MODE=kill     SIGKILL at call SHIM_AT; SHIM_WHEN=before|after the call took effect
//   SHIM_MODE=fail     call SHIM_AT fails with SHIM_ERRNO=EIO|EINTR|ENOSPC, or moves one byte
//                      (SHIM_ERRNO=short). From an ENOSPC on, whatever needs space in a file fails.
//   SHIM_MODE=drop     the fsync or fdatasync that is number SHIM_AT among these is not made and
//                      answers 0: a program with one sync left out
//   SHIM_UNDER=DIR     counts only what changes files and names below DIR: for a program of many
//                      threads that does much else. Such calls are made one at a time.
//   SHIM_WHILE=PATH    once a call has failed, others do as well, as long as PATH exists
//
// Line: NUMBER CALL result=R [errno=E] [spoiled=HOW] and what was named (names percent-encoded):
//   descriptor: fd= file=DEV:INO type=f|d|p|o [content=HEX | size=N [at=N data=HEX]]
//   name:       path= dir=DEV:INO name= [file=DEV:INO]   (a second name: path2= dir2= ...)
#undef _FORTIFY_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "shim_trace.h"

#define SHIM_EXPORT extern "C" __attribute__((visibility("default")))
#define SHIM_ALIAS(NAME) __attribute__((visibility("default"), alias(NAME)))

namespace {

using namespace shim;

auto about(int fd, WithContent content = WithContent::no) {
  return [fd, content](Line& line, long) { describe(line, fd, content); };
}

int open_traced(int dirfd, const char* path, int flags, mode_t mode) {
  const bool makes_one = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  const bool changes = makes_one || (flags & O_TRUNC) != 0;
  if (changes ? !is_counting(dirfd, path) : !is_counting()) {
    return static_cast<int>(syscall(SYS_openat, dirfd, path, flags, mode));
  }
  const Name name = look_up(dirfd, path, (flags & O_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0);
  return static_cast<int>(counted(
      "open", makes_one ? kNewFile : kNoSpace,
      [&](bool) { return syscall(SYS_openat, dirfd, path, flags, mode); },
      [&](Line& line, long result) {
        if (result >= 0) describe(line, static_cast<int>(result), WithContent::no);
        line.field("existed", name.exists ? 1 : 0);
        line.field("flags", flags);
        describe_place(line, name);
      }));
}

// Reads, writes and everything else whose length can be cut to one byte.
template <typename Call>
long sized(const char* name, int space_fd, std::size_t size, Call call, WithContent content,
           int fd) {
  if (content == WithContent::yes ? !is_counting(fd) : !is_counting()) return call(size);
  const auto cut = [&](bool is_short) { return call(is_short && size > 1 ? 1 : size); };
  return counted(name, space_fd, cut, about(fd, content));
}

// A write of `size` bytes at `offset`; -1: wherever the file's position is.
template <typename Call>
long written(const char* name, int fd, const void* bytes, std::size_t size, long offset,
             Call call) {
  if (!is_counting(fd)) return call(size);
  const auto cut = [&](bool is_short) { return call(is_short && size > 1 ? 1 : size); };
  return counted(name, fd, cut, [&](Line& line, long result) {
    describe(line, fd, WithContent::yes);
    describe_written(line, fd, bytes, result, offset);
  });
}

int rename_traced(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) {
  const auto call = [&](bool) { return syscall(SYS_renameat2, from_dir, from, to_dir, to, flags); };
  if (!is_counting(to_dir, to)) return static_cast<int>(call(false));
  const Name source = look_up(from_dir, from);
  const Name target = look_up(to_dir, to);
  return static_cast<int>(counted("rename", kNoSpace, call, [&](Line& line, long) {
    line.field("flags", static_cast<long>(flags));
    describe(line, source);
    describe(line, target, "2");
  }));
}

int unlink_traced(int dirfd, const char* path, int flags) {
  const auto call = [&](bool) { return syscall(SYS_unlinkat, dirfd, path, flags); };
  if (!is_counting(dirfd, path)) return static_cast<int>(call(false));
  const Name name = look_up(dirfd, path);
  return static_cast<int>(
      counted("unlink", kNoSpace, call, [&](Line& line, long) { describe(line, name); }));
}

int link_traced(int from_dir, const char* from, int to_dir, const char* to, int flags) {
  const auto call = [&](bool) { return syscall(SYS_linkat, from_dir, from, to_dir, to, flags); };
  if (!is_counting(to_dir, to)) return static_cast<int>(call(false));
  const int follow = (flags & AT_SYMLINK_FOLLOW) != 0 ? 0 : AT_SYMLINK_NOFOLLOW;
  const Name source = look_up(from_dir, from, follow | (flags & AT_EMPTY_PATH));
  const Name target = look_up(to_dir, to);
  return static_cast<int>(counted("link", kNewFile, call, [&](Line& line, long) {
    describe(line, source);
    describe(line, target, "2");
  }));
}

int mkdir_traced(int dirfd, const char* path, mode_t mode) {
  const auto call = [&](bool) { return syscall(SYS_mkdirat, dirfd, path, mode); };
  if (!is_counting(dirfd, path)) return static_cast<int>(call(false));
  return static_cast<int>(counted("mkdir", kNewFile, call,
                                  [&](Line& line, long) { describe(line, look_up(dirfd, path)); }));
}

int on_fd(const char* name, int fd, int space_fd, long number, long a = 0, long b = 0, long c = 0) {
  const auto call = [&](bool) { return syscall(number, fd, a, b, c); };
  if (!is_counting(fd)) return static_cast<int>(call(false));
  return static_cast<int>(counted(name, space_fd, call, about(fd, WithContent::yes)));
}

// A close(2) that fails has closed the descriptor all the same.
int close_traced(int fd) {
  if (is_own(fd)) return 0;
  if (!is_counting()) return static_cast<int>(syscall(SYS_close, fd));
  const Plan plan = plan_call("close", kNoSpace);
  Line line;
  begin(line, "close", plan, plan.error != 0 ? -1 : 0, plan.error);
  describe(line, fd, WithContent::no);
  const long result = syscall(SYS_close, fd);
  const int error = plan.error != 0 ? plan.error : errno;
  end(line, plan);
  errno = error;
  return plan.error != 0 ? -1 : static_cast<int>(result);
}

template <typename Function>
Function next_function(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// The directory functions of libc keep state of their own, so the real ones are called.
template <typename Pointer, typename Call>
Pointer pointer_traced(const char* name, Call call) {
  Pointer found = nullptr;
  const long result = traced(
      name, kNoSpace,
      [&](bool) {
        found = call();
        return found == nullptr && errno != 0 ? -1L : 0L;
      },
      [](Line&, long) {});
  return result < 0 ? nullptr : found;
}

mode_t mode_argument(int flags, va_list list) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? va_arg(list, mode_t) : mode_t{0};
}

}  // namespace

// Opening and closing.

SHIM_EXPORT int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_argument(flags, list);
  va_end(list);
  return open_traced(AT_FDCWD, path, flags, mode);
}
SHIM_EXPORT int openat(int dirfd, const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_argument(flags, list);
  va_end(list);
  return open_traced(dirfd, path, flags, mode);
}
SHIM_EXPORT int __open_2(const char* path, int flags) {
  return open_traced(AT_FDCWD, path, flags, 0);
}
SHIM_EXPORT int __openat_2(int dirfd, const char* path, int flags) {
  return open_traced(dirfd, path, flags, 0);
}
SHIM_EXPORT int creat(const char* path, mode_t mode) {
  return open_traced(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}
SHIM_EXPORT int close(int fd) { return close_traced(fd); }
SHIM_EXPORT DIR* opendir(const char* path) {
  static const auto next = next_function<DIR* (*)(const char*)>("opendir");
  return pointer_traced<DIR*>("opendir", [&] { return next(path); });
}
SHIM_EXPORT dirent* readdir(DIR* stream) {
  static const auto next = next_function<dirent* (*)(DIR*)>("readdir");
  return pointer_traced<dirent*>("readdir", [&] { return next(stream); });
}
SHIM_EXPORT ssize_t getdents64(int fd, void* buffer, std::size_t size) noexcept {
  return traced(
      "getdents", kNoSpace, [&](bool) { return syscall(SYS_getdents64, fd, buffer, size); },
      about(fd));
}

// Content.

SHIM_EXPORT ssize_t read(int fd, void* bytes, std::size_t size) {
  static const auto next = next_function<decltype(&read)>("read");
  if (!is_counting()) return next(fd, bytes, size);  // a thread may be cancelled while it reads
  const auto call = [&](std::size_t n) { return syscall(SYS_read, fd, bytes, n); };
  return sized("read", kNoSpace, size, call, WithContent::no, fd);
}
SHIM_EXPORT ssize_t pread(int fd, void* bytes, std::size_t size, off_t offset) {
  const auto call = [&](std::size_t n) { return syscall(SYS_pread64, fd, bytes, n, offset); };
  return sized("pread", kNoSpace, size, call, WithContent::no, fd);
}
SHIM_EXPORT ssize_t readv(int fd, const iovec* parts, int count) {
  const auto call = [&](std::size_t n) {
    if (n != 1 || count < 1) return syscall(SYS_readv, fd, parts, count);
    return syscall(SYS_read, fd, parts->iov_base, parts->iov_len > 0 ? 1 : 0);
  };
  return sized("readv", kNoSpace, 2, call, WithContent::no, fd);
}
SHIM_EXPORT ssize_t write(int fd, const void* bytes, std::size_t size) {
  const auto call = [&](std::size_t n) { return syscall(SYS_write, fd, bytes, n); };
  return written("write", fd, bytes, size, -1, call);
}
SHIM_EXPORT ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset) {
  const auto call = [&](std::size_t n) { return syscall(SYS_pwrite64, fd, bytes, n, offset); };
  return written("pwrite", fd, bytes, size, offset, call);
}
SHIM_EXPORT ssize_t writev(int fd, const iovec* parts, int count) {
  const auto call = [&](std::size_t n) {
    if (n != 1 || count < 1) return syscall(SYS_writev, fd, parts, count);
    return syscall(SYS_write, fd, parts->iov_base, parts->iov_len > 0 ? 1 : 0);
  };
  return sized("writev", fd, 2, call, WithContent::yes, fd);
}
SHIM_EXPORT ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at,
                                    std::size_t size, unsigned flags) {
  const auto call = [&](std::size_t n) {
    return syscall(SYS_copy_file_range, from, from_at, to, to_at, n, flags);
  };
  return sized("copy_file_range", to, size, call, WithContent::yes, to);
}
SHIM_EXPORT ssize_t splice(int from, off64_t* from_at, int to, off64_t* to_at, std::size_t size,
                           unsigned flags) {
  const auto call = [&](std::size_t n) {
    return syscall(SYS_splice, from, from_at, to, to_at, n, flags);
  };
  return sized("splice", to, size, call, WithContent::yes, to);
}
SHIM_EXPORT ssize_t sendfile(int to, int from, off_t* from_at, std::size_t size) noexcept {
  const auto call = [&](std::size_t n) { return syscall(SYS_sendfile, to, from, from_at, n); };
  return sized("sendfile", to, size, call, WithContent::yes, to);
}
SHIM_EXPORT int ftruncate(int fd, off_t size) noexcept {
  return on_fd("ftruncate", fd, fd, SYS_ftruncate, size);
}
SHIM_EXPORT int fallocate(int fd, int mode, off_t offset, off_t size) {
  return on_fd("fallocate", fd, fd, SYS_fallocate, mode, offset, size);
}
SHIM_EXPORT int posix_fallocate(int fd, off_t offset, off_t size) {
  return on_fd("fallocate", fd, fd, SYS_fallocate, 0, offset, size) == 0 ? 0 : errno;
}

// Syncs and locks.

SHIM_EXPORT int fsync(int fd) { return on_fd("fsync", fd, kNoSpace, SYS_fsync); }
SHIM_EXPORT int fdatasync(int fd) { return on_fd("fdatasync", fd, kNoSpace, SYS_fdatasync); }
SHIM_EXPORT int syncfs(int fd) noexcept { return on_fd("syncfs", fd, kNoSpace, SYS_syncfs); }
SHIM_EXPORT int sync_file_range(int fd, off64_t offset, off64_t size, unsigned flags) {
  return on_fd("sync_file_range", fd, kNoSpace, SYS_sync_file_range, offset, size,
               static_cast<long>(flags));
}
SHIM_EXPORT int flock(int fd, int operation) noexcept {
  return on_fd("flock", fd, kNoSpace, SYS_flock, operation);
}

// Names.

SHIM_EXPORT int rename(const char* from, const char* to) noexcept {
  return rename_traced(AT_FDCWD, from, AT_FDCWD, to, 0);
}
SHIM_EXPORT int renameat(int from_dir, const char* from, int to_dir, const char* to) noexcept {
  return rename_traced(from_dir, from, to_dir, to, 0);
}
SHIM_EXPORT int renameat2(int from_dir, const char* from, int to_dir, const char* to,
                          unsigned flags) noexcept {
  return rename_traced(from_dir, from, to_dir, to, flags);
}
SHIM_EXPORT int unlink(const char* path) noexcept { return unlink_traced(AT_FDCWD, path, 0); }
SHIM_EXPORT int rmdir(const char* path) noexcept {
  return unlink_traced(AT_FDCWD, path, AT_REMOVEDIR);
}
SHIM_EXPORT int unlinkat(int dirfd, const char* path, int flags) noexcept {
  return unlink_traced(dirfd, path, flags);
}
SHIM_EXPORT int link(const char* from, const char* to) noexcept {
  return link_traced(AT_FDCWD, from, AT_FDCWD, to, 0);
}
SHIM_EXPORT int linkat(int from_dir, const char* from, int to_dir, const char* to,
                       int flags) noexcept {
  return link_traced(from_dir, from, to_dir, to, flags);
}
SHIM_EXPORT int mkdir(const char* path, mode_t mode) noexcept {
  return mkdir_traced(AT_FDCWD, path, mode);
}
SHIM_EXPORT int mkdirat(int dirfd, const char* path, mode_t mode) noexcept {
  return mkdir_traced(dirfd, path, mode);
}

// Starting a command, in the ways that a program or its run-time library may choose.

SHIM_EXPORT int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                            const posix_spawnattr_t* attributes, char* const* argv,
                            char* const* envp) {
  static const auto next = next_function<decltype(&posix_spawn)>("posix_spawn");
  if (is_counting()) note_spawn(envp);
  return next(pid, path, actions, attributes, argv, envp);
}
SHIM_EXPORT int posix_spawnp(pid_t* pid, const char* path,
                             const posix_spawn_file_actions_t* actions,
                             const posix_spawnattr_t* attributes, char* const* argv,
                             char* const* envp) {
  static const auto next = next_function<decltype(&posix_spawnp)>("posix_spawnp");
  if (is_counting()) note_spawn(envp);
  return next(pid, path, actions, attributes, argv, envp);
}
SHIM_EXPORT int execve(const char* path, char* const* argv, char* const* envp) noexcept {
  return static_cast<int>(syscall(SYS_execve, path, argv, envp));
}
// The shim's own system calls come through here as well.
SHIM_EXPORT long syscall(long number, ...) noexcept {
  static const auto next = next_function<long (*)(long, ...)>("syscall");
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  if (number == SYS_execve) note_spawn(reinterpret_cast<char* const*>(arguments[2]));
  return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
              arguments[5]);
}

// The names for 64-bit offsets and for fortified builds.

extern "C" {
int open64(const char*, int, ...) SHIM_ALIAS("open");
int openat64(int, const char*, int, ...) SHIM_ALIAS("openat");
int __open64_2(const char*, int) SHIM_ALIAS("__open_2");
int __openat64_2(int, const char*, int) SHIM_ALIAS("__openat_2");
int creat64(const char*, mode_t) SHIM_ALIAS("creat");
ssize_t pread64(int, void*, std::size_t, off64_t) SHIM_ALIAS("pread");
ssize_t pwrite64(int, const void*, std::size_t, off64_t) SHIM_ALIAS("pwrite");
ssize_t sendfile64(int, int, off64_t*, std::size_t) noexcept SHIM_ALIAS("sendfile");
int ftruncate64(int, off64_t) noexcept SHIM_ALIAS("ftruncate");
int fallocate64(int, int, off64_t, off64_t) SHIM_ALIAS("fallocate");
int posix_fallocate64(int, off64_t, off64_t) SHIM_ALIAS("posix_fallocate");
dirent64* readdir64(DIR*) SHIM_ALIAS("readdir");
}
