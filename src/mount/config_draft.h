// SPDX-License-Identifier: Apache-2.0
// What is being written into config.json through one open file: text that becomes the settings when
// the file is closed, not before. It begins as the text that is there.
//
// Bounds: kMaxConfigBytes. Threads: any.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace bobbin {

class ConfigDraft {
 public:
  explicit ConfigDraft(std::string text) : text_(std::move(text)) {}

  enum class Result { done, too_large, refused };

  std::string read(std::uint64_t offset, std::size_t size) const;
  // Unless it is done, nothing has changed. `check` is asked about a text that this write makes
  // complete, so that who writes all of it at once learns from that call what is wrong with it:
  // shells don't look at what close(2) says.
  Result write(std::uint64_t offset, std::string_view bytes,
               const std::function<bool(const std::string&)>& check);
  Result resize(std::uint64_t size);

  // The text, if anything was written since the last accepted(). Cutting it short alone does not
  // count: a shell does that, and closes the file, before anything is written.
  std::optional<std::string> written() const;
  void accepted();

 private:
  mutable std::mutex mutex_;
  std::string text_;
  bool written_ = false;
};

}  // namespace bobbin
