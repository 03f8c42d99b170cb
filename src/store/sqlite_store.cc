// SPDX-License-Identifier: Apache-2.0
// Opening: what the files say becomes the table.
#include "store/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/fail.h"
#include "store/disk_store.h"
#include "store/sqlite_schema.h"

namespace bobbin {
namespace {

constexpr mode_t kReadOnly = 0440;
constexpr mode_t kConfig = 0640;

// Refuses a foreign file before anything is made beside it.
std::string checked(const std::string& path) {
  check_is_state(path);
  return path;
}

Nodes first_nodes(const NodeAttributes& directory) {
  Nodes nodes;
  nodes.fill(directory);
  for (const FixedNode node :
       {FixedNode::new_id, FixedNode::status, FixedNode::metrics, FixedNode::events})
    nodes[static_cast<std::size_t>(node)].mode = kReadOnly;
  nodes[static_cast<std::size_t>(FixedNode::config)].mode = kConfig;
  return nodes;
}

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const SqliteStoreOptions& options,
                                         ChangeObserver& observer, WakeUp& wake, const Log& log) {
  return std::make_unique<DiskStore>(options, observer, wake, log);
}

DiskStore::DiskStore(const SqliteStoreOptions& options, ChangeObserver& observer, WakeUp& wake,
                     const Log& log)
    : sync_(options.sync),
      observer_(observer),
      wake_(wake),
      log_(log),
      directory_(checked(options.path)),
      database_(open_state(options.path)),
      writer_(database_),
      log_reader_(options.path),
      group_([this](Durability durability, const std::vector<JobNumber>& contents) {
        write_changes(durability, contents);
      }) {
  {
    const std::lock_guard lock(mutex_);
    load(options);
  }
  write_changes(sync_ == SyncMode::full ? Durability::durable : Durability::recorded, {});
  if (sync_ == SyncMode::lazy) write_behind_ = std::thread([this] { write_behind(); });
}

DiskStore::~DiskStore() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
    if (sync_ == SyncMode::lazy) config_marked_ = true;  // the numbers as they are
    something_marked_.notify_one();
  }
  if (write_behind_.joinable()) write_behind_.join();
  try {
    write_changes(Durability::durable, {});
  } catch (const std::exception& error) {
    log_.error("the last changes are lost: {}", error.what());
  }
}

void DiskStore::load(const SqliteStoreOptions& options) {
  if (const auto rows = load_queue(database_, options.first_config)) {
    config_ = rows->config;
    nodes_ = rows->nodes;
    counters_ = rows->counters;
  } else {
    config_ = options.first_config;
    nodes_ = first_nodes(options.first_directory);
    config_marked_ = true;
    marked_nodes_ = (1u << kFixedNodes) - 1;
  }
  if (sync_ == SyncMode::lazy) config_marked_ = true;  // the numbers ahead are written first
  std::unordered_set<std::uint64_t> content_files;
  load_jobs(database_, [&](JobRow&& row) {
    if (row.content_file != 0) content_files.insert(row.content_file);
    add_loaded(std::move(row));
  });
  // Submitted, but the end of the last run came before their place in line was written.
  for (auto at = table_.in(JobState::pending).begin(); at; ++at) {
    if ((*at)->submitted && (*at)->order == 0)
      update(**at, [&] { (*at)->order = counters_.next_order++; });
  }
  directory_.remove_strangers([&](std::uint64_t file) { return content_files.count(file) != 0; },
                              [&](JobNumber number) { return table_.find(number) != nullptr; });
}

// Whoever was writing is gone; what was accepted is submitted.
void DiskStore::add_loaded(JobRow&& row) {
  const Job& job = row.job;
  if (table_.find(job.name) != nullptr) {
    fail(ErrorCode::corrupt,
         fmt::format("the state {} is damaged: two jobs have the name {}; put back a copy of it",
                     shown(database_.path()), shown(job.name)));
  }
  auto entry = std::make_unique<Entry>();
  entry->number = job.number;
  entry->name = job.name;
  entry->content = std::move(*row.content);
  entry->created = job.created;
  entry->modified = job.modified;
  entry->changed = job.changed;
  entry->next_start = job.next_start;
  entry->order = job.order;
  entry->content_size = job.content_size;
  entry->content_file = row.content_file;
  entry->uid = job.uid;
  entry->gid = job.gid;
  entry->priority = job.priority;
  entry->failures = job.failures;
  entry->lost_in_row = job.lost_in_row;
  entry->mode = static_cast<std::uint16_t>(job.mode);
  entry->state = job.state;
  if (row.content_file != 0 && !directory_.cut_content(row.content_file, job.content_size)) {
    log_.warn("the content of job {} is lost: it waits for a new one", shown(job.name));
    entry->content_size = entry->content_file = 0;
  }
  entry->submitted = entry->content_size > 0;
  if (job.last_attempt || row.running != 0 || job.log_size != 0) {
    entry->history = std::make_unique<History>();
    entry->history->last = job.last_attempt.value_or(Attempt{});
    entry->history->running = row.running;
    entry->history->pid = row.pid;
    entry->history->started = row.started;
    entry->history->log_size = job.log_size;
    entry->history->log_in_file = row.log_in_file;
  }
  counters_.next_number = std::max(
      {counters_.next_number, static_cast<std::uint64_t>(job.number) + 1, row.content_file + 1});
  counters_.next_order = std::max(counters_.next_order, job.order + 1);
  const Entry& added = table_.add(std::move(entry));
  if (added.running() != 0 && added.state != JobState::active) {
    kills_.push_back({added.number, added.running(),
                      added.state == JobState::failed ? KillReason::set_aside : KillReason::rerun,
                      0});
  }
}

// ---- looking

Config DiskStore::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

std::optional<Job> DiskStore::find(JobNumber number) const {
  const std::lock_guard lock(mutex_);
  const Entry* entry = table_.find(number);
  return entry != nullptr ? std::optional(job_of(*entry)) : std::nullopt;
}

std::optional<Job> DiskStore::find_named(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const Entry* entry = table_.find(name);
  return entry != nullptr ? std::optional(job_of(*entry)) : std::nullopt;
}

std::vector<Job> DiskStore::list(JobState state, JobNumber after, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Job> jobs;
  for (auto at = table_.in(state).first_after(after); at && jobs.size() < limit; ++at)
    jobs.push_back(job_of(**at));
  return jobs;
}

NodeAttributes DiskStore::attributes(FixedNode node) const {
  const std::lock_guard lock(mutex_);
  return nodes_[static_cast<std::size_t>(node)];
}

std::optional<WallTime> DiskStore::next_due() const {
  const std::lock_guard lock(mutex_);
  const Entry* first = table_.first_waiting();
  return first != nullptr ? std::optional(waits_since(*first)) : std::nullopt;
}

Counts DiskStore::counts(WallTime now) const {
  const std::lock_guard lock(mutex_);
  Counts counts = ended_;
  for (const JobState state : kJobStates)
    counts.jobs[static_cast<std::size_t>(state)] = table_.in(state).size();
  counts.waiting = table_.waiting();
  if (const Entry* first = table_.first_waiting(); first != nullptr && waits_since(*first) <= now)
    counts.oldest_waiting = waits_since(*first);
  counts.free_bytes = free_bytes(now);
  counts.trouble = trouble_text_;
  return counts;
}

// The file system is asked at most once a second.
std::uint64_t DiskStore::free_bytes(WallTime now) const {
  const auto since = [&] { return now - *free_bytes_at_; };
  if (!free_bytes_at_ || since() >= std::chrono::seconds(1) || since() < WallTime::duration(0)) {
    free_bytes_ = directory_.free_bytes();
    free_bytes_at_ = now;
  }
  return free_bytes_;
}

// ---- settings

void DiskStore::set_config(const Config& config) {
  const std::lock_guard lock(mutex_);
  config_ = config;
  config_marked_ = true;
  settings_changed();
  wake_.wake();
}

void DiskStore::change(FixedNode node, const AttributeChange& change, WallTime now) {
  const std::lock_guard lock(mutex_);
  NodeAttributes& attributes = nodes_[static_cast<std::size_t>(node)];
  if (change.mode) attributes.mode = *change.mode & 07777;
  if (change.uid) attributes.uid = *change.uid;
  if (change.gid) attributes.gid = *change.gid;
  if (change.modified) attributes.modified = *change.modified;
  attributes.changed = now;
  marked_nodes_ |= 1u << static_cast<unsigned>(node);
  settings_changed();
}

void DiskStore::touch(JobState directory, WallTime now) {
  const auto node = static_cast<std::size_t>(directory_of(directory));
  nodes_[node].modified = nodes_[node].changed = now;
  marked_nodes_ |= 1u << node;
  settings_changed();
}

}  // namespace bobbin
