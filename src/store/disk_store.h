// SPDX-License-Identifier: Apache-2.0
// The Store that open_sqlite_store makes: the table of jobs under one lock, and writing it behind.
//
// A verb changes the table and marks what it changed; whoever needs that to last leads a group
// commit, which takes a snapshot of what is marked, writes it in one transaction without the lock,
// and unmarks by that. A snapshot that could not be written is marked again.
//
// Content in the database is only ever what somebody committed. Bytes of a content file that a row
// counts on are never overwritten: a change of them goes into a new file, and the old one is
// removed when the row knows the new one.
//
// Invariants:
//  1. Content stands in a file if it is larger than kMaxInRow, otherwise in memory (and in the
//  row).
//  2. A pending entry that is submitted has accepted, non-empty content and no writers.
//  3. An entry that differs from its row is marked, or in a snapshot that is being written.
//
// Threads: mutex_ guards everything but the database, which belongs to the leader of the group
// commit, and the log reader, which has its own lock. Writing a large content (into the page cache)
// happens under mutex_, syncing it does not.
#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/group_commit.h"
#include "store/job_table.h"
#include "store/sqlite_rows.h"
#include "store/sqlite_store.h"
#include "store/state_directory.h"

namespace bobbin {

class DiskStore final : public Store {
 public:
  DiskStore(const SqliteStoreOptions& options, ChangeObserver& observer, WakeUp& wake,
            const Log& log);
  ~DiskStore() override;

  Config config() const override;
  void set_config(const Config& config) override;
  std::optional<Job> find(JobNumber number) const override;
  Counts counts(WallTime now) const override;
  void persist(Durability durability, Completion done) override;

  std::optional<Job> find_named(std::string_view name) const override;
  std::vector<Job> list(JobState state, JobNumber after, std::size_t limit) const override;
  NodeAttributes attributes(FixedNode node) const override;
  std::optional<std::string> read_content(JobNumber number, std::uint64_t offset,
                                          std::size_t size) const override;
  std::optional<std::string> read_log(JobNumber number, std::uint64_t offset,
                                      std::size_t size) const override;
  std::optional<LogStat> stat_log(JobNumber number) const override;

  Created create(const NewJob& job, WallTime now) override;
  Verdict open_writing(JobNumber number) override;
  void close_writing(JobNumber number, WallTime now) override;
  Verdict write(JobNumber number, std::uint64_t offset, std::string_view bytes,
                WallTime now) override;
  Verdict truncate(JobNumber number, std::uint64_t size, WallTime now) override;
  void commit(JobNumber number, Completion done) override;
  Verdict remove(JobNumber number, uid_t by, WallTime now, std::optional<JobState> from) override;
  Verdict rename(JobNumber number, const Rename& rename, WallTime now) override;
  Verdict change(JobNumber number, const AttributeChange& change, WallTime now) override;
  Verdict set_priority(JobNumber number, std::int32_t priority, WallTime now) override;
  void change(FixedNode node, const AttributeChange& change, WallTime now) override;

  std::vector<Claim> claim(std::size_t limit, WallTime now) override;
  std::optional<WallTime> next_due() const override;
  void began(JobNumber number, std::uint32_t attempt, pid_t pid,
             std::shared_ptr<const Fd> log) override;
  bool finish(const Finished& finished, WallTime now, double jitter) override;
  void give_back(JobNumber number, std::uint32_t attempt, WallTime now) override;
  bool resume(JobNumber number, std::uint32_t attempt, WallTime started) override;
  std::vector<Job> running() const override;
  std::vector<Kill> take_kills() override;
  std::optional<WallTime> retire(WallTime now) override;

 private:
  // A job that is gone, and the files it leaves.
  struct Gone {
    JobNumber number{};
    std::vector<std::uint64_t> content_files;
    bool has_log_file = false;
  };
  // A content that a snapshot has.
  struct Accepting {
    JobNumber number{};
    std::uint64_t changes = 0;
    std::uint64_t size = 0;
    std::uint64_t file = 0;
    bool is_new_file = false;
    std::shared_ptr<const Fd> fd;
    std::vector<std::uint64_t> old_files;
  };
  struct Snapshot {
    Batch batch;
    std::vector<Gone> gone;
    std::vector<Accepting> contents;
    bool is_empty() const;
  };
  // Where a log is.
  struct LogPlace {
    std::shared_ptr<const Fd> running;
    bool in_file = false;
    std::optional<std::string> in_memory;
    std::uint64_t size = 0;
    WallTime modified{};
    std::uint32_t attempt = 0;  // of the log at rest
    bool is_same(const LogPlace& other) const;
  };

  // ---- all of these with mutex_ held
  void load(const SqliteStoreOptions& options);
  void add_loaded(JobRow&& row);
  void mark(Entry& entry);
  void settings_changed();
  void touch(JobState directory, WallTime now);
  // Edits the table and marks the entry.
  template <typename Change>
  void update(Entry& entry, Change change) {
    table_.edit(entry, change);
    mark(entry);
    if (entry.place == Entry::Place::delayed || entry.place == Entry::Place::ready)
      wake_.wake_for_job();
  }
  void report(WallTime at, const Entry& entry, std::optional<JobState> from,
              std::optional<JobState> to, std::optional<AttemptEnd> end = std::nullopt) const;
  void take_place(Entry& entry);
  void submit_if_ready(Entry& entry);
  void drop_draft(Entry& entry);
  void forget(Entry& entry, uid_t by, WallTime now);
  void move(Entry& entry, const Rename& rename, WallTime now);
  void kill(Entry& entry, KillReason reason, uid_t by);
  std::uint64_t free_bytes(WallTime now) const;
  bool is_full(WallTime now) const;
  Entry* find_to_write(JobNumber number, std::unique_lock<std::mutex>& lock);
  void put(Entry& entry, std::uint64_t offset, std::string_view bytes);
  void cut(Entry& entry, std::uint64_t size);
  void new_file(Entry& entry, Draft& draft, std::uint64_t keep);
  void content_changed(Entry& entry, WallTime now);
  void spoil(Entry& entry, std::uint64_t offset, std::exception_ptr failure, WallTime now);
  void take_log(Entry& entry, const Finished& finished);
  std::optional<LogPlace> log_place(JobNumber number) const;
  Snapshot take_snapshot(const std::vector<JobNumber>& contents);
  JobRow row_of(Entry& entry, Snapshot& snapshot);

  // ---- and these without
  void fill(Claim& claim, const LogPlace& log, std::uint64_t content_file) const;
  void write_changes(Durability durability, const std::vector<JobNumber>& contents);
  void written(const Snapshot& snapshot);
  void remove_files(Snapshot snapshot, bool is_durable);
  void not_written(Snapshot& snapshot);
  void write_behind() noexcept;

  const SyncMode sync_;
  ChangeObserver& observer_;
  WakeUp& wake_;
  const Log log_;

  mutable std::mutex mutex_;
  JobTable table_;
  Config config_;
  Nodes nodes_;
  Counters counters_;
  std::vector<Kill> kills_;
  Counts ended_;  // the counters of attempts in it
  mutable std::uint64_t free_bytes_ = 0;
  mutable std::optional<WallTime> free_bytes_at_;

  std::vector<JobNumber> marked_;
  std::vector<Gone> gone_;
  std::uint32_t marked_nodes_ = 0;  // bit n: node n
  bool config_marked_ = false;
  std::exception_ptr trouble_;  // of the last write; nullptr: it succeeded
  std::string trouble_text_;

  const StateDirectory directory_;
  Database database_;
  RowWriter writer_;
  mutable LogReader log_reader_;
  std::vector<Gone> useless_;  // the leader's: files whose removal a power loss may not undo yet
  bool has_unsynced_ = false;  // there is a transaction that a power loss may take
  GroupCommit group_;

  // SyncMode::lazy only.
  std::condition_variable something_marked_;
  bool is_closing_ = false;
  std::thread write_behind_;
};

}  // namespace bobbin
