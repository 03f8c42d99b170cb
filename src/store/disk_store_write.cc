// SPDX-License-Identifier: Apache-2.0
// Writing behind: what is marked becomes a snapshot, the snapshot a transaction.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/durable_file.h"
#include "base/fail.h"
#include "store/disk_store.h"

namespace bobbin {
namespace {

// In lazy mode the numbers that were given out may be forgotten, but must not be given out again:
// the database is told more of them than can be used before it is written again.
constexpr std::uint64_t kNumbersAhead = 1'000'000;

constexpr std::chrono::milliseconds kWriteBehind(100);
constexpr std::chrono::seconds kTryAgain(1);

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "unknown failure";
  }
}

}  // namespace

void DiskStore::mark(Entry& entry) {
  if (entry.is_dirty) return;
  entry.is_dirty = true;
  marked_.push_back(entry.number);
  settings_changed();
}

void DiskStore::settings_changed() {
  if (sync_ == SyncMode::lazy) something_marked_.notify_one();
}

void DiskStore::persist(Durability durability, Completion done) {
  if (sync_ == SyncMode::full) {
    group_.submit({.durability = durability, .content = {}, .done = std::move(done)});
    return;
  }
  std::exception_ptr trouble;
  {
    const std::lock_guard lock(mutex_);
    trouble = trouble_;
  }
  done(trouble);
}

void DiskStore::commit(JobNumber number, Completion done) {
  bool must_write = false;
  std::exception_ptr error;
  {
    const std::lock_guard lock(mutex_);
    Entry* entry = table_.find(number);
    if (entry != nullptr && !entry->is_accepted()) {
      if (entry->draft->spoiled) {
        error = entry->draft->spoiled;
      } else if (sync_ == SyncMode::full) {
        take_place(*entry);
        must_write = true;
      } else if (trouble_) {
        error = trouble_;
      } else {
        take_place(*entry);
        entry->draft->changes = 0;
        entry->content_due = true;
        mark(*entry);
        submit_if_ready(*entry);
      }
    }
  }
  if (must_write)
    group_.submit({.durability = Durability::durable, .content = number, .done = std::move(done)});
  else
    done(error);
}

bool DiskStore::Snapshot::is_empty() const {
  return batch.jobs.empty() && gone.empty() && batch.nodes.empty() && !batch.config;
}

DiskStore::Snapshot DiskStore::take_snapshot(const std::vector<JobNumber>& contents) {
  Snapshot snapshot;
  for (const JobNumber number : contents) {
    Entry* entry = table_.find(number);
    if (entry != nullptr && !entry->is_accepted() && !entry->draft->spoiled) {
      entry->content_due = true;
      mark(*entry);
    }
  }
  snapshot.batch.jobs.reserve(marked_.size());
  for (const JobNumber number : std::exchange(marked_, {})) {
    if (Entry* entry = table_.find(number); entry != nullptr)
      snapshot.batch.jobs.push_back(row_of(*entry, snapshot));
  }
  snapshot.gone = std::exchange(gone_, {});
  for (const Gone& gone : snapshot.gone) snapshot.batch.gone.push_back(gone.number);
  const std::uint32_t nodes = std::exchange(marked_nodes_, 0);
  for (std::size_t node = 0; node < kFixedNodes; ++node) {
    if ((nodes >> node & 1u) != 0)
      snapshot.batch.nodes.emplace_back(static_cast<FixedNode>(node), nodes_[node]);
  }
  if (std::exchange(config_marked_, false)) snapshot.batch.config = config_;
  snapshot.batch.counters = counters_;
  if (sync_ == SyncMode::lazy && !is_closing_) {
    snapshot.batch.counters.next_number += kNumbersAhead;
    snapshot.batch.counters.next_order += kNumbersAhead;
  }
  return snapshot;
}

JobRow DiskStore::row_of(Entry& entry, Snapshot& snapshot) {
  entry.is_dirty = false;
  JobRow row;
  row.job = job_of(entry);
  row.job.last_attempt.reset();
  if (const History* history = entry.history.get(); history != nullptr) {
    if (history->last.number != 0) row.job.last_attempt = history->last;
    row.running = history->running;
    row.pid = history->pid;
    row.started = history->started;
    row.log_in_file = history->log_in_file;
    row.log = history->unsaved_log;
  }
  // In lazy mode it may have been changed again since it was accepted: then it waits for the next
  // commit.
  if (!entry.content_due || (sync_ == SyncMode::lazy && !entry.is_accepted())) return row;
  entry.content_due = false;
  Draft& draft = *entry.draft;
  draft.saving_file = entry.content_file;
  draft.saving_size = entry.content_size;
  row.content = entry.content;
  row.content_file = entry.content_file;
  snapshot.contents.push_back({.number = entry.number,
                               .changes = draft.changes,
                               .size = entry.content_size,
                               .file = entry.content_file,
                               .is_new_file = entry.content_file != draft.accepted_file,
                               .fd = draft.file,
                               .old_files = draft.old_files});
  return row;
}

void DiskStore::write_changes(Durability durability, const std::vector<JobNumber>& contents) {
  Snapshot snapshot;
  {
    const std::lock_guard lock(mutex_);
    snapshot = take_snapshot(contents);
  }
  const bool is_durable = durability == Durability::durable;
  // A transaction that changes nothing would sync nothing.
  if (snapshot.is_empty() && is_durable && has_unsynced_) ++snapshot.batch.counters.next_order;
  if (snapshot.is_empty() && !(is_durable && has_unsynced_)) return;
  try {
    bool has_new_names = false;
    for (const Accepting& content : snapshot.contents) {
      if (content.file == 0 || !is_durable) continue;
      sync_file(content.fd->get(), "the content of a job");
      has_new_names = has_new_names || content.is_new_file;
    }
    if (has_new_names) directory_.sync_content_names();
    has_unsynced_ = true;
    writer_.write(snapshot.batch, durability);
    if (is_durable) has_unsynced_ = false;
  } catch (...) {
    not_written(snapshot);
    throw;
  }
  written(snapshot);
  remove_files(std::move(snapshot), is_durable);
}

void DiskStore::written(const Snapshot& snapshot) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(trouble_, nullptr)) {
      trouble_text_.clear();
      log_.info("the state is written again");
    }
    for (const Accepting& content : snapshot.contents) {
      Entry* entry = table_.find(content.number);
      if (entry == nullptr || entry->draft == nullptr) continue;
      Draft& draft = *entry->draft;
      draft.old_files.erase(
          draft.old_files.begin(),
          draft.old_files.begin() + static_cast<std::ptrdiff_t>(content.old_files.size()));
      draft.accepted_file = content.file;
      draft.accepted_size = content.size;
      if (draft.changes == content.changes) draft.changes = 0;
      submit_if_ready(*entry);
      drop_draft(*entry);
    }
    for (const JobRow& row : snapshot.batch.jobs) {
      if (!row.log) continue;
      Entry* entry = table_.find(row.job.number);
      if (entry == nullptr || entry->history->last.number != row.job.last_attempt->number) continue;
      entry->history->unsaved_log.reset();
    }
  }
}

// A power loss may bring back a job whose removal is recorded only: its files wait for the next
// durable write, or the next start.
void DiskStore::remove_files(Snapshot snapshot, bool is_durable) {
  for (Accepting& content : snapshot.contents) {
    if (!content.old_files.empty())
      useless_.push_back({.content_files = std::move(content.old_files)});
  }
  std::move(snapshot.gone.begin(), snapshot.gone.end(), std::back_inserter(useless_));
  if (!is_durable && sync_ == SyncMode::full) return;
  for (const Gone& gone : std::exchange(useless_, {})) {
    for (const std::uint64_t file : gone.content_files) directory_.remove_content(file);
    if (gone.has_log_file) directory_.remove_log(gone.number);
  }
}

void DiskStore::not_written(Snapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  for (const JobRow& row : snapshot.batch.jobs) {
    if (Entry* entry = table_.find(row.job.number); entry != nullptr) mark(*entry);
  }
  // In full mode whoever committed is told, and commits again. In lazy mode they were told that it
  // was accepted.
  if (sync_ == SyncMode::lazy) {
    for (const Accepting& content : snapshot.contents) {
      if (Entry* entry = table_.find(content.number); entry != nullptr) entry->content_due = true;
    }
  }
  gone_.insert(gone_.begin(), std::make_move_iterator(snapshot.gone.begin()),
               std::make_move_iterator(snapshot.gone.end()));
  for (const auto& [node, attributes] : snapshot.batch.nodes)
    marked_nodes_ |= 1u << static_cast<unsigned>(node);
  config_marked_ = config_marked_ || snapshot.batch.config.has_value();
  const bool is_new = trouble_ == nullptr;
  trouble_ = std::current_exception();
  trouble_text_ = text_of(trouble_);
  if (is_new) log_.error("{}", trouble_text_);
  wake_.wake();
}

// The thread of lazy mode.
void DiskStore::write_behind() noexcept {
  std::unique_lock lock(mutex_);
  const auto is_marked = [&] {
    return !marked_.empty() || !gone_.empty() || marked_nodes_ != 0 || config_marked_;
  };
  for (;;) {
    something_marked_.wait(lock, [&] { return is_closing_ || is_marked(); });
    const auto pause = trouble_ ? std::chrono::milliseconds(kTryAgain) : kWriteBehind;
    something_marked_.wait_for(lock, pause, [&] { return is_closing_; });
    if (is_closing_) return;
    lock.unlock();
    // A failure is in trouble_, and what was not written is marked still.
    group_.submit({.durability = Durability::recorded, .content = {}, .done = [](auto) {}});
    lock.lock();
  }
}

}  // namespace bobbin
