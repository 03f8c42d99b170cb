// SPDX-License-Identifier: Apache-2.0
// The class behind memory_store.h: one list of jobs, gone through for everything.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "jobs/store.h"

namespace bobbin {

class MemoryStore : public Store {
 public:
  MemoryStore(const Config& config, const NodeAttributes& directory, ChangeObserver& observer,
              WakeUp& wake);

  Config config() const override;
  void set_config(const Config& config) override;
  std::optional<Job> find(JobNumber number) const override;
  std::optional<Job> find_named(std::string_view name) const override;
  Counts counts(WallTime now) const override;
  void persist(Durability, Completion done) override { done(nullptr); }
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
  struct Item {
    Job job;
    std::string content;
    std::string log;
    unsigned writers = 0;
    bool is_accepted = true;
    std::optional<Attempt> before;  // the attempt before the one that runs
    std::shared_ptr<const Fd> running_log;

    bool runs() const { return job.last_attempt && !job.last_attempt->end; }
    bool runs(std::uint32_t attempt) const { return runs() && job.last_attempt->number == attempt; }
    WallTime waits_since() const { return std::max(due_time(job), job.created); }
  };

  NodeAttributes& of(FixedNode node) { return nodes_[static_cast<std::size_t>(node)]; }
  Item* item(JobNumber number) {
    const auto found = items_.find(number);
    return found != items_.end() ? &found->second : nullptr;
  }
  void touch(JobState state, WallTime now) {
    of(directory_of(state)).modified = of(directory_of(state)).changed = now;
  }
  std::uint64_t count(JobState state) const;
  void report(WallTime at, const Item& item, std::optional<JobState> from,
              std::optional<JobState> to, std::optional<AttemptEnd> end = std::nullopt);
  void take_place(Item& item);
  void submit_if_ready(Item& item);
  void content_changed(Item& item, WallTime now);
  void forget(Item& item, uid_t by, WallTime now);

  mutable std::mutex mutex_;
  std::map<JobNumber, Item> items_;
  Config config_;
  std::array<NodeAttributes, kFixedNodes> nodes_;
  std::vector<Kill> kills_;
  Counts ended_;
  std::uint64_t next_number_ = 1;
  std::uint64_t next_order_ = 1;
  ChangeObserver& observer_;
  WakeUp& wake_;
};

}  // namespace bobbin
