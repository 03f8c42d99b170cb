// SPDX-License-Identifier: Apache-2.0
// Throwing bobbin::Error, and the one table of what each ErrorCode means to a program.
#pragma once

#include <bobbin/error.h>

#include <string>
#include <string_view>

namespace bobbin {

// One row a code; the manual pages are checked against it.
struct ErrorMeaning {
  ErrorCode code;
  std::string_view name;
  int file_errno;   // what a mounted file system answers
  int exit_status;  // what a command line program exits with
  bool retriable;   // the same request may succeed later
};

const ErrorMeaning& meaning(ErrorCode code) noexcept;

// Throws what errno `error` means: "WHAT: strerror(error)", then "; ADVICE" unless it is empty.
[[noreturn]] void fail_errno(int error, const std::string& what, std::string_view advice = {});

[[noreturn]] inline void fail(ErrorCode code, const std::string& message) {
  throw Error(code, message);
}

// `bytes` as it can be shown on a terminal: control characters and what is not UTF-8 as \xNN, and
// in double quotes where it would otherwise read as more than one word.
std::string shown(std::string_view bytes);

}  // namespace bobbin
