// SPDX-License-Identifier: Apache-2.0
#include "mount/config_draft.h"

#include <nlohmann/json.hpp>

#include "jobs/config.h"

namespace bobbin {

std::string ConfigDraft::read(std::uint64_t offset, std::size_t size) const {
  const std::lock_guard lock(mutex_);
  return offset < text_.size() ? text_.substr(offset, size) : std::string();
}

ConfigDraft::Result ConfigDraft::write(std::uint64_t offset, std::string_view bytes,
                                       const std::function<bool(const std::string&)>& check) {
  const std::lock_guard lock(mutex_);
  if (offset > kMaxConfigBytes || bytes.size() > kMaxConfigBytes - offset) return Result::too_large;
  std::string text = text_;
  const std::size_t end = offset + bytes.size();
  if (end > text.size()) text.resize(end);
  text.replace(offset, bytes.size(), bytes);
  // What is written from the front is no JSON before its last byte is there.
  const bool complete = end == text.size() && nlohmann::json::accept(text);
  if (complete && !check(text)) return Result::refused;
  text_ = std::move(text);
  written_ = true;
  return Result::done;
}

ConfigDraft::Result ConfigDraft::resize(std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (size > kMaxConfigBytes) return Result::too_large;
  text_.resize(size);
  return Result::done;
}

std::optional<std::string> ConfigDraft::written() const {
  const std::lock_guard lock(mutex_);
  return written_ ? std::optional(text_) : std::nullopt;
}

void ConfigDraft::accepted() {
  const std::lock_guard lock(mutex_);
  written_ = false;
}

}  // namespace bobbin
