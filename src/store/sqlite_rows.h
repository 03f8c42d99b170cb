// SPDX-License-Identifier: Apache-2.0
// Jobs, settings and logs as rows: reading all of them once, writing what changed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jobs/store.h"
#include "store/sqlite_database.h"

namespace bobbin {

using Nodes = std::array<NodeAttributes, kFixedNodes>;

struct JobRow {
  Job job;                    // last_attempt: the last that has ended
  std::uint32_t running = 0;  // the attempt that runs; 0: none
  pid_t pid = 0;
  WallTime started{};
  std::uint64_t content_file = 0;
  bool log_in_file = false;
  // Written: nullopt leaves the content (its size and file, too) and the log in the database alone.
  std::optional<std::string> content;
  std::optional<std::string> log;  // not read
};

struct Counters {
  std::uint64_t next_number = 1;
  std::uint64_t next_order = 1;
};

// What one transaction writes.
struct Batch {
  Counters counters;
  std::optional<Config> config;
  std::vector<std::pair<FixedNode, NodeAttributes>> nodes;
  std::vector<JobRow> jobs;
  std::vector<JobNumber> gone;
};

struct QueueRows {
  Counters counters;
  Config config;
  Nodes nodes;
};

// nullopt: the state is new. `defaults` has the settings that the stored ones lack.
std::optional<QueueRows> load_queue(const Database& database, const Config& defaults);
// In order of number. Throws Error(corrupt) where a value makes no sense.
void load_jobs(const Database& database, const std::function<void(JobRow&&)>& add);

class RowWriter {
 public:
  explicit RowWriter(Database& database);
  void write(const Batch& batch, Durability durability);

 private:
  void write_job(const JobRow& row);
  void write_queue(const Batch& batch);

  Database& database_;
  Statement put_counters_;
  Statement put_config_;
  Statement put_node_;
  Statement put_job_;
  Statement put_job_and_content_;
  Statement put_log_;
  Statement delete_job_;
  Statement delete_log_;
};

// Small logs are only looked at now and then, on a connection that waits for no writer.
class LogReader {
 public:
  explicit LogReader(const std::string& path);
  std::string read(JobNumber number);

 private:
  std::mutex mutex_;
  Database database_;
  Statement query_;
};

}  // namespace bobbin
