// SPDX-License-Identifier: Apache-2.0
#include "store/memory_store.h"

#include <algorithm>
#include <utility>

#include "jobs/job_name.h"
#include "store/memory_model.h"

namespace bobbin {

std::unique_ptr<Store> make_memory_store(const Config& config, const NodeAttributes& directory,
                                         ChangeObserver& observer, WakeUp& wake) {
  return std::make_unique<MemoryStore>(config, directory, observer, wake);
}

MemoryStore::MemoryStore(const Config& config, const NodeAttributes& directory,
                         ChangeObserver& observer, WakeUp& wake)
    : config_(config), observer_(observer), wake_(wake) {
  nodes_.fill(directory);
  for (const FixedNode node :
       {FixedNode::new_id, FixedNode::status, FixedNode::metrics, FixedNode::events})
    of(node).mode = 0440;
  of(FixedNode::config).mode = 0640;
}

void MemoryStore::report(WallTime at, const Item& item, std::optional<JobState> from,
                         std::optional<JobState> to, std::optional<AttemptEnd> end) {
  const std::uint32_t attempt = item.job.last_attempt ? item.job.last_attempt->number : 0;
  observer_.changed({at, item.job.number, item.job.name, from, to, attempt, end});
}

// ---- submitting

Created MemoryStore::create(const NewJob& job, WallTime now) {
  if (find_named(job.name)) return {Verdict::name_taken, {}};
  const std::lock_guard lock(mutex_);
  if (config_.max_pending != 0 && count(JobState::pending) >= config_.max_pending)
    return {Verdict::queue_full, {}};
  const JobNumber number{next_number_++};
  Item& item = items_[number];
  item.job.number = number;
  item.job.name = job.name;
  item.job.mode = job.mode & 07777;
  item.job.uid = job.uid;
  item.job.gid = job.gid;
  item.job.created = item.job.modified = item.job.changed = now;
  item.writers = 1;
  touch(JobState::pending, now);
  report(now, item, std::nullopt, JobState::pending);
  return {Verdict::done, number};
}

Verdict MemoryStore::open_writing(JobNumber number) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr) return Verdict::no_such_job;
  if (!is_allowed(item->job.state, Operation::write)) return Verdict::not_permitted;
  ++item->writers;
  item->job.submitted = false;
  return Verdict::done;
}

void MemoryStore::close_writing(JobNumber number, WallTime) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr || item->writers == 0) return;
  --item->writers;
  submit_if_ready(*item);
}

void MemoryStore::take_place(Item& item) {
  if (item.job.order != 0 || item.content.empty()) return;
  item.job.order = next_order_++;
  item.job.failures = item.job.lost_in_row = 0;
  item.job.next_start = {};
}

void MemoryStore::submit_if_ready(Item& item) {
  if (item.job.submitted || item.writers != 0 || !item.is_accepted || item.content.empty()) return;
  take_place(item);
  item.job.submitted = true;
  wake_.wake();
}

void MemoryStore::content_changed(Item& item, WallTime now) {
  item.is_accepted = false;
  item.job.submitted = false;
  item.job.order = 0;
  item.job.content_size = item.content.size();
  item.job.modified = item.job.changed = now;
}

Verdict MemoryStore::write(JobNumber number, std::uint64_t offset, std::string_view bytes,
                           WallTime now) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr) return Verdict::no_such_job;
  if (!is_allowed(item->job.state, Operation::write)) return Verdict::not_permitted;
  if (bytes.empty()) return Verdict::done;
  if (offset > config_.max_content || bytes.size() > config_.max_content - offset)
    return Verdict::too_large;
  if (item->content.size() < offset + bytes.size()) item->content.resize(offset + bytes.size());
  item->content.replace(offset, bytes.size(), bytes);
  content_changed(*item, now);
  return Verdict::done;
}

Verdict MemoryStore::truncate(JobNumber number, std::uint64_t size, WallTime now) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr) return Verdict::no_such_job;
  if (!is_allowed(item->job.state, Operation::write)) return Verdict::not_permitted;
  if (size > item->content.size() && size > config_.max_content) return Verdict::too_large;
  item->job.modified = item->job.changed = now;
  if (size == item->content.size()) return Verdict::done;
  item->content.resize(size);
  content_changed(*item, now);
  return Verdict::done;
}

void MemoryStore::commit(JobNumber number, Completion done) {
  {
    const std::lock_guard lock(mutex_);
    Item* item = this->item(number);
    if (item != nullptr && !item->is_accepted) {
      take_place(*item);
      item->is_accepted = true;
      submit_if_ready(*item);
    }
  }
  done(nullptr);
}

// ---- moving

Verdict MemoryStore::remove(JobNumber number, uid_t by, WallTime now,
                            std::optional<JobState> from) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr || item->job.state != from.value_or(item->job.state))
    return Verdict::no_such_job;
  if (!is_allowed(item->job.state, Operation::remove)) return Verdict::not_permitted;
  forget(*item, by, now);
  return Verdict::done;
}

void MemoryStore::forget(Item& item, uid_t by, WallTime now) {
  if (item.job.state == JobState::active) {
    kills_.push_back({item.job.number, item.job.last_attempt->number, KillReason::removed, by});
    wake_.wake();
  }
  touch(item.job.state, now);
  report(now, item, item.job.state, std::nullopt);
  items_.erase(item.job.number);
}

Verdict MemoryStore::rename(JobNumber number, const Rename& rename, WallTime now) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr || item->job.state != rename.from.value_or(item->job.state))
    return Verdict::no_such_job;
  Job& job = item->job;
  const JobState from = job.state;
  constexpr Operation kMoves[] = {Operation::move_to_pending, Operation::move_to_active,
                                  Operation::move_to_failed, Operation::move_to_complete};
  const Operation operation =
      from == rename.to ? Operation::rename_in_place : kMoves[static_cast<std::size_t>(rename.to)];
  if (!is_allowed(from, operation)) return Verdict::not_permitted;
  if (from == rename.to && job.name == rename.name) return Verdict::done;
  for (auto& [other_number, other] : items_) {
    if (other.job.name != rename.name || other_number == number) continue;
    // What came back to pending by itself is its owner's only.
    const bool is_theirs = other.job.last_attempt && rename.by != 0 && rename.by != other.job.uid;
    if (!rename.replace || from != JobState::pending || rename.to != JobState::pending ||
        other.job.state != JobState::pending || is_theirs)
      return Verdict::name_taken;
    forget(other, rename.by, now);
    break;
  }
  if (from == JobState::active && from != rename.to) {
    const auto reason = rename.to == JobState::failed ? KillReason::set_aside : KillReason::rerun;
    kills_.push_back({number, job.last_attempt->number, reason, rename.by});
  }
  const bool was_unfinished = is_unfinished_name(job.name);
  job.name = rename.name;
  job.state = rename.to;
  job.changed = now;
  if (job.state == JobState::pending && job.submitted && (from != job.state || was_unfinished)) {
    job.order = next_order_++;
    job.failures = job.lost_in_row = 0;
    job.next_start = now;
    if (from != JobState::pending) job.modified = std::min(job.modified, now);
  }
  touch(from, now);
  touch(rename.to, now);
  report(now, *item, from, rename.to);
  wake_.wake();
  return Verdict::done;
}

Verdict MemoryStore::change(JobNumber number, const AttributeChange& change, WallTime now) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr) return Verdict::no_such_job;
  Job& job = item->job;
  if (change.mode) job.mode = *change.mode & 07777;
  job.uid = change.uid.value_or(job.uid);
  job.gid = change.gid.value_or(job.gid);
  job.modified = change.modified.value_or(job.modified);
  job.changed = now;
  wake_.wake();
  return Verdict::done;
}

Verdict MemoryStore::set_priority(JobNumber number, std::int32_t priority, WallTime now) {
  const std::lock_guard lock(mutex_);
  Item* item = this->item(number);
  if (item == nullptr) return Verdict::no_such_job;
  item->job.priority = priority;
  item->job.changed = now;
  return Verdict::done;
}

void MemoryStore::change(FixedNode node, const AttributeChange& change, WallTime now) {
  const std::lock_guard lock(mutex_);
  NodeAttributes& attributes = of(node);
  if (change.mode) attributes.mode = *change.mode & 07777;
  attributes.uid = change.uid.value_or(attributes.uid);
  attributes.gid = change.gid.value_or(attributes.gid);
  attributes.modified = change.modified.value_or(attributes.modified);
  attributes.changed = now;
}

}  // namespace bobbin
