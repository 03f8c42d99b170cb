// SPDX-License-Identifier: Apache-2.0
#include "store/job_table.h"

#include <algorithm>
#include <tuple>

#include "jobs/transitions.h"

namespace bobbin {
namespace {

// The fields that the rules look at, without the strings that are not short.
Job rules_view(const Entry& entry) {
  Job job;
  job.name = entry.name;
  job.state = entry.state;
  job.modified = entry.modified;
  job.content_size = entry.content_size;
  job.submitted = entry.submitted;
  job.next_start = entry.next_start;
  return job;
}

bool is_waiting(const Entry& entry) {
  return entry.state == JobState::pending && entry.submitted && entry.running() == 0 &&
         is_startable(rules_view(entry));
}

}  // namespace

Job job_of(const Entry& entry) {
  Job job = rules_view(entry);
  job.number = entry.number;
  job.mode = entry.mode;
  job.uid = entry.uid;
  job.gid = entry.gid;
  job.created = entry.created;
  job.changed = entry.changed;
  job.order = entry.order;
  job.priority = entry.priority;
  job.failures = entry.failures;
  job.lost_in_row = entry.lost_in_row;
  if (const History* history = entry.history.get(); history != nullptr) {
    job.log_size = history->log_size;
    job.has_log_file = history->log_in_file;
    if (history->last.number != 0) job.last_attempt = history->last;
    if (history->running != 0)
      job.last_attempt =
          Attempt{.number = history->running, .pid = history->pid, .started = history->started};
  }
  return job;
}

// As due_time, but a modification time in the past (cp -p) makes nothing older than it is.
WallTime waits_since(const Entry& entry) {
  return std::max({entry.next_start, entry.modified, entry.created});
}

bool JobTable::ByDueTime::operator()(const Entry* a, const Entry* b) const {
  return std::tuple(waits_since(*a), a->number) < std::tuple(waits_since(*b), b->number);
}

bool JobTable::ByRank::operator()(const Entry* a, const Entry* b) const {
  return std::tuple(b->priority, a->order, a->number) <
         std::tuple(a->priority, b->order, b->number);
}

bool JobTable::ByChangeTime::operator()(const Entry* a, const Entry* b) const {
  return std::tuple(a->changed, a->number) < std::tuple(b->changed, b->number);
}

Entry* JobTable::find(JobNumber number) const {
  const auto found = by_number_.first_not_before(number);
  return found && (*found)->number == number ? (*found).get() : nullptr;
}

Entry* JobTable::find(std::string_view name) const {
  const auto found = by_name_.first_not_before(name);
  return found && (*found)->name == name ? *found : nullptr;
}

Entry& JobTable::add(std::unique_ptr<Entry> entry) {
  Entry& added = *entry;
  by_number_.insert(std::move(entry));
  by_name_.insert(&added);
  by_state_[static_cast<std::size_t>(added.state)].insert(&added);
  put_in(added);
  return added;
}

void JobTable::remove(Entry& entry) {
  take_out(entry);
  by_name_.erase(&entry);
  by_state_[static_cast<std::size_t>(entry.state)].erase(&entry);
  by_number_.erase(entry.number);
}

void JobTable::rename(Entry& entry, const std::string& name) {
  take_out(entry);
  by_name_.erase(&entry);
  entry.name = name;
  by_name_.insert(&entry);
  put_in(entry);
}

void JobTable::take_out(Entry& entry) {
  if (entry.place == Entry::Place::ready) ready_.erase(&entry);
  if (entry.place == Entry::Place::ready || entry.place == Entry::Place::delayed)
    by_due_time_.erase(&entry);
  if (entry.place == Entry::Place::ended) ended(entry.state).erase(&entry);
  entry.place = Entry::Place::none;
  if (entry.is_among_running) running_.erase(&entry);
  entry.is_among_running = false;
}

void JobTable::put_in(Entry& entry) {
  entry.is_among_running = entry.running() != 0;
  if (entry.is_among_running) running_.insert(&entry);
  if (is_waiting(entry)) {
    by_due_time_.insert(&entry);
    entry.place = Entry::Place::delayed;
    if (waits_since(entry) <= due_until_) {
      ready_.insert(&entry);
      entry.place = Entry::Place::ready;
    }
  } else if (entry.state == JobState::failed || entry.state == JobState::complete) {
    ended(entry.state).insert(&entry);
    entry.place = Entry::Place::ended;
  }
}

// The clock may go back, too.
void JobTable::bring_due(WallTime now) {
  for (auto at = by_due_time_.first_after(due_until_); at && waits_since(**at) <= now; ++at) {
    ready_.insert(*at);
    (*at)->place = Entry::Place::ready;
  }
  for (auto at = by_due_time_.first_after(now); at && waits_since(**at) <= due_until_; ++at) {
    ready_.erase(*at);
    (*at)->place = Entry::Place::delayed;
  }
  due_until_ = now;
}

Entry* JobTable::first_waiting() const {
  const auto first = by_due_time_.begin();
  return first ? *first : nullptr;
}

Entry* JobTable::best_due(WallTime now) {
  bring_due(now);
  const auto best = ready_.begin();
  return best ? *best : nullptr;
}

Entry* JobTable::first_ended(JobState state) const {
  const auto first = (state == JobState::failed ? failed_ : complete_).begin();
  return first ? *first : nullptr;
}

}  // namespace bobbin
