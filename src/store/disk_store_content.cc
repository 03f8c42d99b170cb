// SPDX-License-Identifier: Apache-2.0
// Submitting: making jobs, writing their content, and when that makes them run.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <memory>
#include <utility>

#include "base/fail.h"
#include "base/io.h"
#include "store/disk_store.h"

namespace bobbin {
namespace {

constexpr std::string_view kRoomAdvice =
    "make room on the file system of the state, or remove jobs from complete/ and failed/";

void write_at(int fd, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_errno(errno, "cannot write the content of a job", kRoomAdvice);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void set_size(int fd, std::uint64_t size) {
  while (::ftruncate(fd, static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) fail_errno(errno, "cannot cut the content of a job", kRoomAdvice);
  }
}

void copy_beginning(int from, int to, std::uint64_t size) {
  std::string buffer(std::min<std::uint64_t>(size, 256 * 1024), '\0');
  for (std::uint64_t at = 0; at < size;) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - at));
    const std::size_t got = pread_full(from, buffer.data(), part, at, "the content of a job");
    if (got == 0) break;
    write_at(to, at, {buffer.data(), got});
    at += got;
  }
  set_size(to, size);
}

std::exception_ptr too_large(const std::string& name) {
  return std::make_exception_ptr(Error(
      ErrorCode::no_space,
      "job " + shown(name) + " is larger than max_content; make it smaller, or the setting larger",
      EFBIG));
}

// Whether a row, or one that is being written, counts on bytes of the file from there on.
bool is_needed_from(const Entry& entry, const Draft& draft, std::uint64_t offset) {
  return (entry.content_file == draft.accepted_file && offset < draft.accepted_size) ||
         (entry.content_file == draft.saving_file && offset < draft.saving_size);
}

Draft& draft_of(Entry& entry) {
  if (entry.draft == nullptr) {
    entry.draft = std::make_unique<Draft>();
    entry.draft->accepted_size = entry.content_size;
    entry.draft->accepted_file = entry.content_file;
  }
  return *entry.draft;
}

}  // namespace

bool DiskStore::is_full(WallTime now) const {
  if (config_.max_pending != 0 && table_.in(JobState::pending).size() >= config_.max_pending)
    return true;
  return config_.min_free_space != 0 && free_bytes(now) < config_.min_free_space;
}

Created DiskStore::create(const NewJob& job, WallTime now) {
  const std::lock_guard lock(mutex_);
  if (table_.find(job.name) != nullptr) return {Verdict::name_taken, {}};
  if (is_full(now)) return {Verdict::queue_full, {}};
  auto entry = std::make_unique<Entry>();
  entry->number = JobNumber{counters_.next_number++};
  entry->name = job.name;
  entry->mode = static_cast<std::uint16_t>(job.mode & 07777);
  entry->uid = job.uid;
  entry->gid = job.gid;
  entry->created = entry->modified = entry->changed = now;
  draft_of(*entry).writers = 1;
  Entry& added = table_.add(std::move(entry));
  mark(added);
  touch(JobState::pending, now);
  report(now, added, std::nullopt, JobState::pending);
  return {Verdict::done, added.number};
}

Verdict DiskStore::open_writing(JobNumber number) {
  const std::lock_guard lock(mutex_);
  Entry* entry = table_.find(number);
  if (entry == nullptr) return Verdict::no_such_job;
  if (!is_allowed(entry->state, Operation::write)) return Verdict::not_permitted;
  ++draft_of(*entry).writers;
  if (entry->submitted) update(*entry, [&] { entry->submitted = false; });
  return Verdict::done;
}

void DiskStore::close_writing(JobNumber number, WallTime) {
  const std::lock_guard lock(mutex_);
  Entry* entry = table_.find(number);
  if (entry == nullptr || entry->draft == nullptr || entry->draft->writers == 0) return;
  --entry->draft->writers;
  submit_if_ready(*entry);
  drop_draft(*entry);
}

// A new submission has its retries before it.
void DiskStore::take_place(Entry& entry) {
  if (entry.order != 0 || entry.content_size == 0) return;
  update(entry, [&] {
    entry.order = counters_.next_order++;
    entry.failures = entry.lost_in_row = 0;
    entry.next_start = {};
  });
}

void DiskStore::submit_if_ready(Entry& entry) {
  const bool has_writers = entry.draft != nullptr && entry.draft->writers != 0;
  if (entry.submitted || has_writers || !entry.is_accepted() || entry.content_size == 0) return;
  take_place(entry);
  update(entry, [&] { entry.submitted = true; });
}

void DiskStore::drop_draft(Entry& entry) {
  const Draft* draft = entry.draft.get();
  if (draft != nullptr && draft->writers == 0 && draft->changes == 0 && !entry.content_due &&
      draft->old_files.empty() && draft->accepted_file == entry.content_file)
    entry.draft.reset();
}

void DiskStore::content_changed(Entry& entry, WallTime now) {
  ++entry.draft->changes;
  update(entry, [&] {
    entry.submitted = false;
    entry.order = 0;
    entry.modified = entry.changed = now;
  });
}

// Half of a content must not run because its writer did not look at what write(2) said.
void DiskStore::spoil(Entry& entry, std::uint64_t offset, std::exception_ptr failure,
                      WallTime now) {
  Draft& draft = draft_of(entry);
  draft.spoiled_from = draft.spoiled ? std::min(draft.spoiled_from, offset) : offset;
  draft.spoiled = std::move(failure);
  content_changed(entry, now);
}

// In lazy mode what was accepted may not be written yet: that comes first, as it must not be mixed
// with what is not accepted.
Entry* DiskStore::find_to_write(JobNumber number, std::unique_lock<std::mutex>& lock) {
  Entry* entry = table_.find(number);
  if (sync_ == SyncMode::full || entry == nullptr || !entry->content_due || !entry->is_accepted())
    return entry;
  lock.unlock();
  std::promise<void> written;
  group_.submit({.durability = Durability::recorded, .content = {}, .done = [&](auto) {
                   written.set_value();
                 }});
  written.get_future().wait();
  lock.lock();
  return table_.find(number);
}

Verdict DiskStore::write(JobNumber number, std::uint64_t offset, std::string_view bytes,
                         WallTime now) {
  std::unique_lock lock(mutex_);
  Entry* entry = find_to_write(number, lock);
  if (entry == nullptr) return Verdict::no_such_job;
  if (!is_allowed(entry->state, Operation::write)) return Verdict::not_permitted;
  if (bytes.empty()) return Verdict::done;
  if (offset > config_.max_content || bytes.size() > config_.max_content - offset) {
    spoil(*entry, offset, too_large(entry->name), now);
    return Verdict::too_large;
  }
  try {
    put(*entry, offset, bytes);
  } catch (...) {
    spoil(*entry, offset, std::current_exception(), now);
    throw;
  }
  if (offset <= entry->draft->spoiled_from) entry->draft->spoiled = nullptr;
  content_changed(*entry, now);
  return Verdict::done;
}

Verdict DiskStore::truncate(JobNumber number, std::uint64_t size, WallTime now) {
  std::unique_lock lock(mutex_);
  Entry* entry = find_to_write(number, lock);
  if (entry == nullptr) return Verdict::no_such_job;
  if (!is_allowed(entry->state, Operation::write)) return Verdict::not_permitted;
  if (size > entry->content_size && size > config_.max_content) return Verdict::too_large;
  if (size == 0 && entry->draft != nullptr) entry->draft->spoiled = nullptr;
  if (size == entry->content_size) {
    update(*entry, [&] { entry->modified = entry->changed = now; });
    return Verdict::done;
  }
  cut(*entry, size);
  content_changed(*entry, now);
  return Verdict::done;
}

// Content moves to a new file with its first `keep` bytes. If that fails nothing has changed.
void DiskStore::new_file(Entry& entry, Draft& draft, std::uint64_t keep) {
  const std::uint64_t number = counters_.next_number++;
  auto file = std::make_shared<const Fd>(directory_.new_content(number));
  try {
    if (entry.content_file == 0)
      write_at(file->get(), 0, entry.content);
    else
      copy_beginning(directory_.read_content(entry.content_file).get(), file->get(), keep);
    if (entry.content_file != 0) draft.old_files.push_back(entry.content_file);
  } catch (...) {
    directory_.remove_content(number);
    throw;
  }
  entry.content_file = number;
  entry.content_size = keep;
  entry.content = std::string();
  draft.file = std::move(file);
}

void DiskStore::put(Entry& entry, std::uint64_t offset, std::string_view bytes) {
  Draft& draft = draft_of(entry);
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t size = std::max(entry.content_size, end);
  if (size <= kMaxInRow) {
    if (entry.content.size() < size) entry.content.resize(size);
    entry.content.replace(offset, bytes.size(), bytes);
    entry.content_size = size;
    return;
  }
  if (entry.content_file == 0 || is_needed_from(entry, draft, offset))
    new_file(entry, draft, entry.content_size);
  if (draft.file == nullptr)
    draft.file = std::make_shared<const Fd>(directory_.write_content(entry.content_file));
  write_at(draft.file->get(), offset, bytes);
  entry.content_size = size;
}

void DiskStore::cut(Entry& entry, std::uint64_t size) {
  Draft& draft = draft_of(entry);
  if (size <= kMaxInRow) {
    if (entry.content_file != 0) {
      std::string kept(size, '\0');
      const Fd file = directory_.read_content(entry.content_file);
      kept.resize(pread_full(file.get(), kept.data(), size, 0, "the content of a job"));
      draft.old_files.push_back(entry.content_file);
      draft.file.reset();
      entry.content_file = 0;
      entry.content = std::move(kept);
    }
    entry.content.resize(size);
  } else {
    if (entry.content_file == 0 || is_needed_from(entry, draft, size))
      new_file(entry, draft, std::min(size, entry.content_size));
    if (draft.file == nullptr)
      draft.file = std::make_shared<const Fd>(directory_.write_content(entry.content_file));
    set_size(draft.file->get(), size);
  }
  entry.content_size = size;
}

std::optional<std::string> DiskStore::read_content(JobNumber number, std::uint64_t offset,
                                                   std::size_t size) const {
  std::uint64_t gone_file = 0;
  for (;;) {
    std::uint64_t file = 0;
    std::size_t length = 0;
    {
      const std::lock_guard lock(mutex_);
      const Entry* entry = table_.find(number);
      if (entry == nullptr) return std::nullopt;
      if (offset >= entry->content_size) return std::string();
      length =
          static_cast<std::size_t>(std::min<std::uint64_t>(size, entry->content_size - offset));
      if (entry->content_file == 0) return entry->content.substr(offset, length);
      file = entry->content_file;
    }
    try {
      const Fd fd = directory_.read_content(file);
      std::string bytes(length, '\0');
      bytes.resize(pread_full(fd.get(), bytes.data(), length, offset, "the content of a job"));
      return bytes;
    } catch (const Error& error) {
      // Removed since we looked, or really missing.
      if (error.code() != ErrorCode::not_found || file == gone_file) throw;
      gone_file = file;
    }
  }
}

}  // namespace bobbin
