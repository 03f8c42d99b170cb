// SPDX-License-Identifier: Apache-2.0
#include "mount/job_attributes.h"

#include <fmt/format.h>

#include <charconv>

#include "jobs/transitions.h"
#include "mount/time_text.h"

namespace bobbin {
namespace {

using Value = std::optional<std::string>;

Value time_value(WallTime time) { return time_text(time); }
Value seconds_value(std::chrono::nanoseconds duration) {
  return fmt::format("{:.6f}", std::chrono::duration<double>(duration).count());
}
// Those that count, from the last submission on, with the one that runs or succeeded.
std::uint32_t attempts_of(const Job& job) {
  const bool has_one_more = job.state == JobState::active || job.state == JobState::complete;
  return job.failures + (has_one_more ? 1 : 0);
}
Value in_the_future(const JobView& view, WallTime time) {
  if (view.job.state != JobState::pending || time <= view.now) return std::nullopt;
  return time_value(time);
}

const Attempt* attempt_of(const JobView& view) {
  return view.job.last_attempt ? &*view.job.last_attempt : nullptr;
}
const Attempt* ended_attempt_of(const JobView& view) {
  const Attempt* attempt = attempt_of(view);
  return attempt != nullptr && attempt->end ? attempt : nullptr;
}
Value end_value(const JobView& view, EndKind kind) {
  const Attempt* ended = ended_attempt_of(view);
  if (ended == nullptr || ended->end->kind != kind) return std::nullopt;
  return std::to_string(ended->end->value);
}
// `value` of the last attempt, once it has ended.
template <typename Function>
Value when_ended(const JobView& view, const Function& value) {
  const Attempt* ended = ended_attempt_of(view);
  return ended == nullptr ? Value{} : Value{value(*ended)};
}

struct Row {
  std::string_view name;
  Value (*value)(const JobView&);
};

constexpr Row kRows[] = {
    {"user.filed.state", [](const JobView& v) { return Value{name_of(v.job.state)}; }},
    {kPriorityAttribute, [](const JobView& v) { return Value{std::to_string(v.job.priority)}; }},
    {"user.filed.attempts",
     [](const JobView& v) { return Value{std::to_string(attempts_of(v.job))}; }},
    {"user.filed.attempt",
     [](const JobView& v) {
       const Attempt* attempt = attempt_of(v);
       return Value{std::to_string(attempt == nullptr ? 0 : attempt->number)};
     }},
    {"user.filed.submitted",
     [](const JobView& v) { return v.job.submitted ? time_value(v.job.created) : Value{}; }},
    {"user.filed.not_before", [](const JobView& v) { return in_the_future(v, v.job.modified); }},
    {"user.filed.next_start", [](const JobView& v) { return in_the_future(v, due_time(v.job)); }},
    {"user.filed.pid",
     [](const JobView& v) {
       const Attempt* attempt = attempt_of(v);
       const bool runs = attempt != nullptr && !attempt->end && attempt->pid != 0;
       return runs ? Value{std::to_string(attempt->pid)} : Value{};
     }},
    {"user.filed.started",
     [](const JobView& v) {
       const Attempt* attempt = attempt_of(v);
       const bool known = attempt != nullptr && attempt->started != WallTime{};
       return known ? time_value(attempt->started) : Value{};
     }},
    {"user.filed.ended",
     [](const JobView& v) {
       return when_ended(v, [](const Attempt& a) { return time_text(a.ended); });
     }},
    {"user.filed.exit_status", [](const JobView& v) { return end_value(v, EndKind::exited); }},
    {"user.filed.signal", [](const JobView& v) { return end_value(v, EndKind::signalled); }},
    {"user.filed.reason",
     [](const JobView& v) {
       return when_ended(v, [&](const Attempt& a) { return describe(*a.end, v.timeout); });
     }},
    {"user.filed.wall_seconds",
     [](const JobView& v) {
       return when_ended(v, [](const Attempt& a) { return *seconds_value(a.use.wall); });
     }},
    {"user.filed.user_seconds",
     [](const JobView& v) {
       return when_ended(v, [](const Attempt& a) { return *seconds_value(a.use.user); });
     }},
    {"user.filed.system_seconds",
     [](const JobView& v) {
       return when_ended(v, [](const Attempt& a) { return *seconds_value(a.use.system); });
     }},
    {"user.filed.peak_rss_bytes",
     [](const JobView& v) {
       return when_ended(v, [](const Attempt& a) { return std::to_string(a.use.peak_rss_bytes); });
     }},
};

}  // namespace

std::optional<std::string> job_attribute(const JobView& view, std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.value(view);
  }
  return std::nullopt;
}

std::string job_attribute_names(const JobView& view) {
  std::string names;
  for (const Row& row : kRows) {
    if (!row.value(view)) continue;
    names += row.name;
    names += '\0';
  }
  return names;
}

std::optional<std::int32_t> parse_priority(std::string_view text) noexcept {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::int32_t priority = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), priority);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (priority < -kMaxPriority || priority > kMaxPriority) return std::nullopt;
  return priority;
}

}  // namespace bobbin
