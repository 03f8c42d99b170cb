// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_schema.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "base/fail.h"
#include "base/io.h"

namespace bobbin {
namespace {

constexpr std::uint32_t kApplicationId = 0x66696c64;  // "fild"

// Migration n, counted from 1, makes version n (user_version) of version n-1. What was released is
// never changed, only added to; tests/store/fixtures has a state of each version.
//
// Times are nanoseconds since 1970, durations nanoseconds. `state`, `end_kind`: JobState, EndKind.
// Content stands in its row only as it was last accepted. `running` is the attempt that runs.
constexpr const char* kMigrations[] = {
    R"(CREATE TABLE queue (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  next_number INTEGER NOT NULL, next_order INTEGER NOT NULL, config TEXT NOT NULL) STRICT;
CREATE TABLE nodes (
  node INTEGER PRIMARY KEY, mode INTEGER NOT NULL, uid INTEGER NOT NULL, gid INTEGER NOT NULL,
  modified INTEGER NOT NULL, changed INTEGER NOT NULL) STRICT;
CREATE TABLE jobs (
  number INTEGER PRIMARY KEY, name BLOB NOT NULL, state INTEGER NOT NULL, mode INTEGER NOT NULL,
  uid INTEGER NOT NULL, gid INTEGER NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,
  changed INTEGER NOT NULL, position INTEGER NOT NULL, priority INTEGER NOT NULL,
  next_start INTEGER NOT NULL, failures INTEGER NOT NULL, lost_in_row INTEGER NOT NULL,
  running INTEGER NOT NULL, running_pid INTEGER NOT NULL, running_started INTEGER NOT NULL,
  attempt INTEGER NOT NULL, pid INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER NOT NULL,
  end_kind INTEGER NOT NULL, end_value INTEGER NOT NULL, wall INTEGER NOT NULL,
  user INTEGER NOT NULL, system INTEGER NOT NULL, peak_rss INTEGER NOT NULL,
  log_size INTEGER NOT NULL, log_in_file INTEGER NOT NULL,
  content_size INTEGER NOT NULL DEFAULT 0, content_file INTEGER NOT NULL DEFAULT 0,
  content BLOB NOT NULL DEFAULT x'') STRICT;
CREATE TABLE logs (number INTEGER PRIMARY KEY, log BLOB NOT NULL) STRICT;)",
};
constexpr std::int64_t kVersion = std::size(kMigrations);

std::uint32_t big_endian(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::int64_t version_of(const Database& database) {
  Statement query(database, "PRAGMA user_version");
  query.step();
  return query.number();
}

void migrate(const Database& database) {
  // Also takes the write lock once, so that another program in the file is noticed now.
  Transaction transaction(database);
  const std::int64_t version = version_of(database);
  if (version > kVersion) {
    fail(ErrorCode::invalid,
         fmt::format("the state {} is of version {}, made by a newer filed; this one knows "
                     "versions up to {}. Nothing was changed; run the newer one",
                     shown(database.path()), version, kVersion));
  }
  if (version < 0)
    fail(ErrorCode::corrupt, fmt::format("the state {} has no version", shown(database.path())));
  for (auto next = static_cast<std::size_t>(version); next < std::size(kMigrations); ++next)
    database.run(kMigrations[next]);
  if (version < kVersion) {
    database.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId,
                             kVersion));
  }
  transaction.commit();
}

}  // namespace

// The header (https://www.sqlite.org/fileformat.html, 1.3) has what is asked for, and reading it
// leaves no trace, as opening a foreign database with SQLite might.
void check_is_state(const std::string& path) {
  const Fd file = try_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
  if (!file.is_open()) {
    if (errno == ENOENT) return;
    fail_errno(errno, "cannot open the state " + shown(path));
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    fail(ErrorCode::invalid, fmt::format("the state {} is not a file", shown(path)));
  char header[100];
  const std::size_t size = read_full(file.get(), header, sizeof header, shown(path));
  if (size == 0) return;
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  if (size < sizeof header || std::string_view(header, kMagic.size()) != kMagic) {
    fail(ErrorCode::corrupt, fmt::format("{} is no state of filed: it is not an SQLite database. "
                                         "Nothing was changed; name another state file, or put "
                                         "back a copy of it",
                                         shown(path)));
  }
  if (big_endian(header + 68) != kApplicationId) {
    fail(ErrorCode::corrupt, fmt::format("{} is a database of another program, not of filed. "
                                         "Nothing was changed; name another state file",
                                         shown(path)));
  }
}

Database open_state(const std::string& path) {
  // Made here for its rights; SQLite gives the same to the files beside it.
  open_at(AT_FDCWD, path, O_RDWR | O_CREAT, 0600, "cannot open the state " + shown(path),
          "its directory must be there, and filed must be allowed to write to both");
  Database database(path, DatabaseUse::write);
  database.set_synchronous(true);
  migrate(database);
  database.run("PRAGMA journal_mode = WAL");
  return database;
}

}  // namespace bobbin
