// SPDX-License-Identifier: Apache-2.0
// The content of a job, wherever the request has it.
#pragma once

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

#include "base/fail.h"
#include "slot/message.h"

namespace bobbin {

class JobContent {
 public:
  // Borrows the request. Throws Error.
  explicit JobContent(const RunRequest& request) : text_(request.content) {
    if (!request.content_file.is_open()) return;
    struct stat status {};
    const char* what = "cannot read the content of a job";
    if (::fstat(request.content_file.get(), &status) != 0) fail_errno(errno, what);
    const auto size = static_cast<std::size_t>(status.st_size);
    text_ = {};
    if (size == 0) return;
    // Nobody changes the file: it belongs to a job that is not pending any more.
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, request.content_file.get(), 0);
    if (at == MAP_FAILED) fail_errno(errno, what);
    mapped_ = at;
    text_ = {static_cast<const char*>(at), size};
  }
  JobContent(const JobContent&) = delete;
  JobContent& operator=(const JobContent&) = delete;
  ~JobContent() {
    if (mapped_ != nullptr) ::munmap(mapped_, text_.size());
  }

  std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
  void* mapped_ = nullptr;
};

}  // namespace bobbin
