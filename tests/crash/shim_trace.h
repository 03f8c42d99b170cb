// SPDX-License-Identifier: Apache-2.0
// The bookkeeping of the shim (shim.cc): numbering the calls, spoiling one of them, and writing
// the trace line that says what the call was about.
//
// Threads: any; numbers are handed out atomically, lines are written whole.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace shim {

// False in a forked child, and before the constructor has run: the call goes straight through. With
// SHIM_UNDER it counts nothing but what changes a file, or a name, below that directory.
bool is_counting();
bool is_counting(int fd);
bool is_counting(int dirfd, const char* path);
bool is_below_only();  // SHIM_UNDER
// A program is about to be started for the job that `environment` names: "SPAWN SEQ" in the trace.
// Safe in a vforked child.
void note_spawn(char* const* environment);
// The shim's own descriptor, which the program must not close.
bool is_own(int fd);

constexpr std::size_t kContentLimit = 64 * 1024;

// One line of the trace. There is one buffer: a Line lives shortly, never across the traced call.
class Line {
 public:
  Line();
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void text(const char* s);
  void number(long n);
  void field(const char* key, long n);
  void encoded(const char* s);
  void inode(const struct stat& status);
  void content_of(int fd, long size);
  void data(const void* bytes, long size);
  void write();

 private:
  void byte(char c);
  void hex(unsigned char c);

  static char buffer_[2 * kContentLimit + 16384];
  std::size_t size_ = 0;
};

// What a name stands for just before the call.
struct Name {
  const char* path = nullptr;
  bool dir_known = false;
  bool exists = false;
  struct stat dir = {};
  struct stat file = {};
  char base[256] = {};
};

Name look_up(int dirfd, const char* path, int flags = AT_SYMLINK_NOFOLLOW);

enum class WithContent { no, yes };

void describe_place(Line& line, const Name& name, const char* suffix = "");
void describe(Line& line, const Name& name, const char* suffix = "");
void describe(Line& line, int fd, WithContent content);
// What a write has written, and where: with SHIM_UNDER, instead of the whole content.
void describe_written(Line& line, int fd, const void* bytes, long size, long offset);

// What is to happen to one call.
struct Plan {
  long number = 0;
  int error = 0;          // fail with it
  bool is_short = false;  // move one byte
  bool is_dropped = false;
  bool dies_after = false;

  bool is_refused() const { return error != 0 || is_dropped; }
};

constexpr int kNoSpace = -1;
constexpr int kNewFile = -2;

// Dies here if the call is the one to die before. `space_fd`: the file the call would grow,
// kNoSpace, or kNewFile.
Plan plan_call(const char* name, int space_fd);
void begin(Line& line, const char* name, const Plan& plan, long result, int error);
// Writes the line, and dies if the call is the one to die after.
void end(Line& line, const Plan& plan);

// With SHIM_UNDER one call at a time, so that the trace has them in the order in which they took
// effect.
class Turn {
 public:
  Turn();
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
};

// Does the call as planned and traces it. `call(bool is_short)` is the bare system call,
// `details(Line&, long result)` describes what it was about, seen after it.
template <typename Call, typename Details>
long counted(const char* name, int space_fd, Call call, Details details) {
  const Turn turn;
  const Plan plan = plan_call(name, space_fd);
  long result = plan.is_dropped ? 0 : -1;
  int error = plan.error;
  if (!plan.is_refused()) {
    errno = 0;
    result = call(plan.is_short);
    error = errno;
  }
  {
    Line line;
    begin(line, name, plan, result, error);
    details(line, result);
    end(line, plan);
  }
  errno = error;
  return result;
}

// The same for a call that changes nothing.
template <typename Call, typename Details>
long traced(const char* name, int space_fd, Call call, Details details) {
  if (!is_counting()) return call(false);
  return counted(name, space_fd, call, details);
}

}  // namespace shim
