// SPDX-License-Identifier: Apache-2.0
#include "slot/job_log.h"

#include <bobbin/error.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/io.h"
#include "slot/job_command.h"
#include "slot/message.h"

namespace bobbin {
namespace {

constexpr const char* kWhat = "the log of a job";

}  // namespace

void write_head(int log, std::string_view earlier, std::string_view content) {
  content = without_last_newlines(content);
  std::string text(earlier);
  // An attempt that was lost may have ended anywhere.
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += ">>> ";
  // One write for what is usual; a large content is not copied.
  if (content.size() <= kMaxInlineContent) {
    text.append(content).append(1, '\n');
    write_all(log, text, kWhat);
  } else {
    write_all(log, text, kWhat);
    write_all(log, content, kWhat);
    write_all(log, "\n", kWhat);
  }
}

void append_head(int log, std::string_view content) {
  struct stat status {};
  char last = '\n';
  if (::fstat(log, &status) == 0 && status.st_size > 0) {
    pread_some(log, &last, 1, static_cast<std::uint64_t>(status.st_size) - 1, kWhat);
  }
  if (last != '\n') write_all(log, "\n", kWhat);
  write_head(log, {}, content);
}

std::string log_tail(const AttemptEnd& end, std::chrono::nanoseconds timeout) {
  return "\n\n[System Error]: " + describe(end, timeout) + '\n';
}

void append_log_tail(const std::string& path, const AttemptEnd& end) noexcept {
  try {
    const Fd log = open_at(AT_FDCWD, path, O_WRONLY | O_APPEND | O_NOFOLLOW, 0, kWhat);
    write_all(log.get(), log_tail(end, std::chrono::nanoseconds(0)), kWhat);
  } catch (const Error&) {
    // A full disk: the state says how it ended.
  }
}

}  // namespace bobbin
