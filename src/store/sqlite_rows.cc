// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_rows.h"

#include <fmt/format.h>

#include <chrono>
#include <string_view>

#include "base/fail.h"
#include "jobs/job_name.h"

namespace bobbin {
namespace {

using std::chrono::nanoseconds;

// In the order of bind_attributes and read_job.
constexpr std::string_view kAttributes =
    "number,name,state,mode,uid,gid,created,modified,changed,position,priority,next_start,failures,"
    "lost_in_row,running,running_pid,running_started,attempt,pid,started,ended,end_kind,end_value,"
    "wall,user,system,peak_rss,log_size,log_in_file";
constexpr std::string_view kContent = ",content_size,content_file,content";

// INSERT, or UPDATE of these columns if the row is there.
std::string upsert(const std::string& columns) {
  std::string parameters;
  std::string updates;
  for (std::size_t at = 0; at < columns.size();) {
    const std::size_t end = std::min(columns.find(',', at), columns.size());
    const std::string column = columns.substr(at, end - at);
    parameters += parameters.empty() ? "?" : ",?";
    if (at != 0)
      updates += fmt::format("{}{}=excluded.{}", updates.empty() ? "" : ",", column, column);
    at = end + 1;
  }
  return fmt::format("INSERT INTO jobs({}) VALUES({}) ON CONFLICT(number) DO UPDATE SET {}",
                     columns, parameters, updates);
}

std::int64_t as_integer(JobNumber number) { return static_cast<std::int64_t>(number); }
std::int64_t as_integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::int64_t as_integer(WallTime time) { return time.time_since_epoch().count(); }

WallTime time_from(std::int64_t value) { return WallTime(nanoseconds(value)); }

void bind_attributes(Statement& put, const JobRow& row) {
  const Job& job = row.job;
  put.bind(as_integer(job.number)).bind_blob(job.name).bind(static_cast<int>(job.state));
  put.bind(job.mode).bind(job.uid).bind(job.gid);
  put.bind(as_integer(job.created)).bind(as_integer(job.modified)).bind(as_integer(job.changed));
  put.bind(as_integer(job.order)).bind(job.priority).bind(as_integer(job.next_start));
  put.bind(job.failures).bind(job.lost_in_row);
  put.bind(row.running).bind(row.pid).bind(as_integer(row.started));
  const Attempt attempt = job.last_attempt.value_or(Attempt{});
  const AttemptEnd end = attempt.end.value_or(AttemptEnd{});
  put.bind(attempt.number).bind(attempt.pid);
  put.bind(as_integer(attempt.started)).bind(as_integer(attempt.ended));
  put.bind(static_cast<int>(end.kind)).bind(end.value);
  put.bind(attempt.use.wall.count()).bind(attempt.use.user.count());
  put.bind(attempt.use.system.count()).bind(as_integer(attempt.use.peak_rss_bytes));
  put.bind(as_integer(job.log_size)).bind(row.log_in_file ? 1 : 0);
}

// One row, with the checks that make it safe to use.
class JobReader {
 public:
  explicit JobReader(const Database& database)
      : path_(database.path()),
        query_(database,
               fmt::format("SELECT {}{} FROM jobs ORDER BY number", kAttributes, kContent)) {}

  bool next(JobRow& row) {
    if (!query_.step()) return false;
    Job& job = row.job;
    job.number = JobNumber{unsigned_number("number")};
    job.name = query_.bytes();
    check(!job.name.empty() && job.name.size() <= kMaxNameBytes &&
              job.name.find_first_of(std::string_view("/\0", 2)) == std::string::npos,
          "name");
    job.state = static_cast<JobState>(up_to(3, "state"));
    job.mode = up_to(07777, "mode");
    job.uid = up_to(UINT32_MAX, "uid");
    job.gid = up_to(UINT32_MAX, "gid");
    job.created = time_from(query_.number());
    job.modified = time_from(query_.number());
    job.changed = time_from(query_.number());
    job.order = unsigned_number("position");
    job.priority = static_cast<std::int32_t>(query_.number());
    job.next_start = time_from(query_.number());
    job.failures = up_to(UINT32_MAX, "failures");
    job.lost_in_row = up_to(UINT32_MAX, "lost_in_row");
    row.running = up_to(UINT32_MAX, "running");
    row.pid = static_cast<pid_t>(query_.number());
    row.started = time_from(query_.number());
    read_attempt(job);
    job.log_size = unsigned_number("log_size");
    row.log_in_file = query_.number() != 0;
    job.content_size = unsigned_number("content_size");
    row.content_file = unsigned_number("content_file");
    row.content = query_.bytes();
    check(row.content->size() == (row.content_file == 0 ? job.content_size : 0), "content");
    return true;
  }

 private:
  void read_attempt(Job& job) {
    Attempt attempt;
    attempt.number = up_to(UINT32_MAX, "attempt");
    attempt.pid = static_cast<pid_t>(query_.number());
    attempt.started = time_from(query_.number());
    attempt.ended = time_from(query_.number());
    attempt.end.emplace();
    attempt.end->kind =
        static_cast<EndKind>(up_to(static_cast<int>(EndKind::shut_down), "end_kind"));
    attempt.end->value = static_cast<int>(query_.number());
    attempt.use.wall = nanoseconds(query_.number());
    attempt.use.user = nanoseconds(query_.number());
    attempt.use.system = nanoseconds(query_.number());
    attempt.use.peak_rss_bytes = unsigned_number("peak_rss");
    job.last_attempt.reset();
    if (attempt.number != 0) job.last_attempt = attempt;
  }
  std::uint64_t unsigned_number(std::string_view column) {
    const std::int64_t value = query_.number();
    check(value >= 0, column);
    return static_cast<std::uint64_t>(value);
  }
  std::uint32_t up_to(std::int64_t limit, std::string_view column) {
    const std::int64_t value = query_.number();
    check(value >= 0 && value <= limit, column);
    return static_cast<std::uint32_t>(value);
  }
  void check(bool is_right, std::string_view column) const {
    if (is_right) return;
    fail(ErrorCode::corrupt,
         fmt::format("the state {} is damaged: a job's {} makes no sense; put back a copy of the "
                     "file, or move it away to begin anew",
                     shown(path_), column));
  }

  const std::string& path_;
  Statement query_;
};

}  // namespace

std::optional<QueueRows> load_queue(const Database& database, const Config& defaults) {
  Statement queue(database, "SELECT next_number, next_order, config FROM queue");
  if (!queue.step()) return std::nullopt;
  QueueRows rows;
  rows.counters.next_number = static_cast<std::uint64_t>(queue.number());
  rows.counters.next_order = static_cast<std::uint64_t>(queue.number());
  rows.config = parse_config(queue.bytes(), defaults);
  Statement nodes(database, "SELECT node, mode, uid, gid, modified, changed FROM nodes");
  while (nodes.step()) {
    const auto node = static_cast<std::uint64_t>(nodes.number());
    if (node >= kFixedNodes) continue;
    NodeAttributes& attributes = rows.nodes[node];
    attributes.mode = static_cast<mode_t>(nodes.number());
    attributes.uid = static_cast<uid_t>(nodes.number());
    attributes.gid = static_cast<gid_t>(nodes.number());
    attributes.modified = time_from(nodes.number());
    attributes.changed = time_from(nodes.number());
  }
  return rows;
}

void load_jobs(const Database& database, const std::function<void(JobRow&&)>& add) {
  JobReader reader(database);
  JobRow row;
  while (reader.next(row)) add(std::move(row));
}

RowWriter::RowWriter(Database& database)
    : database_(database),
      put_counters_(database, "UPDATE queue SET next_number=?, next_order=? WHERE id=1"),
      put_config_(database,
                  "INSERT INTO queue(id,next_number,next_order,config) VALUES(1,1,1,?) "
                  "ON CONFLICT(id) DO UPDATE SET config=excluded.config"),
      put_node_(database, "INSERT OR REPLACE INTO nodes VALUES(?,?,?,?,?,?)"),
      put_job_(database, upsert(std::string(kAttributes))),
      put_job_and_content_(database, upsert(fmt::format("{}{}", kAttributes, kContent))),
      put_log_(database, "INSERT OR REPLACE INTO logs VALUES(?,?)"),
      delete_job_(database, "DELETE FROM jobs WHERE number=?"),
      delete_log_(database, "DELETE FROM logs WHERE number=?") {}

void RowWriter::write(const Batch& batch, Durability durability) {
  database_.set_synchronous(durability == Durability::durable);
  Transaction transaction(database_);
  for (const JobNumber number : batch.gone) {
    delete_job_.bind(as_integer(number)).run();
    delete_log_.bind(as_integer(number)).run();
  }
  for (const JobRow& row : batch.jobs) write_job(row);
  write_queue(batch);
  transaction.commit();
}

void RowWriter::write_job(const JobRow& row) {
  Statement& put = row.content ? put_job_and_content_ : put_job_;
  bind_attributes(put, row);
  if (row.content) {
    put.bind(as_integer(row.job.content_size)).bind(as_integer(row.content_file));
    put.bind_blob(*row.content);
  }
  put.run();
  if (row.log)
    put_log_.bind(as_integer(row.job.number)).bind_blob(*row.log).run();
  else if (row.log_in_file)
    delete_log_.bind(as_integer(row.job.number)).run();
}

void RowWriter::write_queue(const Batch& batch) {
  if (batch.config) {
    const std::string config = render_config(*batch.config);
    put_config_.bind_text(config).run();
  }
  for (const auto& [node, attributes] : batch.nodes) {
    put_node_.bind(static_cast<int>(node)).bind(attributes.mode).bind(attributes.uid);
    put_node_.bind(attributes.gid).bind(as_integer(attributes.modified));
    put_node_.bind(as_integer(attributes.changed)).run();
  }
  put_counters_.bind(as_integer(batch.counters.next_number));
  put_counters_.bind(as_integer(batch.counters.next_order)).run();
}

LogReader::LogReader(const std::string& path)
    : database_(path, DatabaseUse::read),
      query_(database_, "SELECT log FROM logs WHERE number=?") {}

std::string LogReader::read(JobNumber number) {
  const std::lock_guard lock(mutex_);
  query_.bind(as_integer(number));
  if (!query_.step()) return {};
  std::string log = query_.bytes();
  query_.reset();
  return log;
}

}  // namespace bobbin
