// SPDX-License-Identifier: Apache-2.0
#include "mount/event_log.h"

#include <nlohmann/json.hpp>

#include "mount/time_text.h"

namespace bobbin {
namespace {

using Json = nlohmann::ordered_json;

std::string json_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

Json state_json(const std::optional<JobState>& state) {
  return state ? Json(name_of(*state)) : Json(nullptr);
}

std::string_view name_of(EndKind kind) noexcept {
  switch (kind) {
    case EndKind::exited: return "exited";
    case EndKind::signalled: return "signalled";
    case EndKind::timed_out: return "timed_out";
    case EndKind::killed: return "killed";
    case EndKind::output_limit: return "output_limit";
    case EndKind::could_not_start: return "could_not_start";
    case EndKind::lost: return "lost";
    case EndKind::shut_down: return "shut_down";
  }
  return "?";
}

}  // namespace

std::string event_line(const Change& change) {
  Json line;
  line["time"] = time_text(change.at);
  line["job"] = change.name;
  line["from"] = state_json(change.from);
  line["to"] = state_json(change.to);
  line["attempt"] = change.attempt;
  if (change.end) {
    line["end"] = name_of(change.end->kind);
    line["value"] = change.end->value;
  }
  return json_line(line);
}

void EventLog::changed(const Change& change) noexcept {
  const std::lock_guard lock(mutex_);
  if (readers_ == 0 || keep_ == 0) {
    first_ += changes_.size() + 1;
    changes_.clear();
  } else {
    try {
      changes_.push_back(change);
    } catch (...) {  // no memory: readers are told that they missed some
      first_ += changes_.size() + 1;
      changes_.clear();
    }
    if (changes_.size() > keep_) {
      changes_.pop_front();
      ++first_;
    }
  }
  if (next_ != nullptr) next_->changed(change);
}

void EventLog::forward_to(ChangeObserver* next) noexcept {
  const std::lock_guard lock(mutex_);
  next_ = next;
}

EventLog::Reader EventLog::open() {
  const std::lock_guard lock(mutex_);
  ++readers_;
  return {.position = first_ + changes_.size(), .rest = {}};
}

void EventLog::close() noexcept {
  const std::lock_guard lock(mutex_);
  if (--readers_ > 0) return;
  first_ += changes_.size();
  changes_.clear();
}

std::string EventLog::next_text(Reader& reader) {
  if (reader.position < first_) {
    const std::uint64_t missed = first_ - reader.position;
    reader.position = first_;
    return json_line({{"missed", missed}});
  }
  const std::uint64_t at = reader.position - first_;
  if (at >= changes_.size()) return {};
  ++reader.position;
  return event_line(changes_[at]);
}

std::string EventLog::read(Reader& reader, std::size_t size) {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (;;) {
    if (reader.rest.empty()) reader.rest = next_text(reader);
    if (reader.rest.empty() || text.size() + reader.rest.size() > size) break;
    text += reader.rest;
    reader.rest.clear();
  }
  if (!text.empty()) return text;
  text = reader.rest.substr(0, size);
  reader.rest.erase(0, text.size());
  return text;
}

bool EventLog::has_more(const Reader& reader) const {
  const std::lock_guard lock(mutex_);
  return !reader.rest.empty() || reader.position < first_ + changes_.size();
}

}  // namespace bobbin
