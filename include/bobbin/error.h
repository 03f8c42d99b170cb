// SPDX-License-Identifier: Apache-2.0
// bobbin::Error, the one type that every failure of libbobbin is thrown as.
//
// An outcome that a caller must expect (no such job, lock taken, unreadable packet) is a return
// value, not an Error. The code says what a caller can do about it; the message says which
// operation failed, on which path, why, and what to do, in one sentence that can be shown to a user
// as it is.
#pragma once

#include <stdexcept>
#include <string>

namespace bobbin {

enum class ErrorCode {
  invalid,    // the request itself is wrong: change it
  not_found,  // a file, queue, job or program is not there
  exists,     // the name is taken
  denied,     // permissions forbid it
  busy,       // somebody else holds the lock: wait or try again later
  corrupt,    // data on disk or in transit is not what it must be: look at it
  duplicate,  // one sequence number stands in two packets
  no_space,   // the disk, the quota or a limit is full: make room, then try again
  io,         // the operating system reported any other error
};

class Error : public std::runtime_error {
 public:
  // system_errno is 0 where no system call was involved.
  Error(ErrorCode code, const std::string& message, int system_errno = 0)
      : std::runtime_error(message), code_(code), errno_(system_errno) {}

  ErrorCode code() const noexcept { return code_; }
  int system_errno() const noexcept { return errno_; }

 private:
  ErrorCode code_;
  int errno_;
};

}  // namespace bobbin
