// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "base/fail.h"

namespace bobbin {
namespace {

constexpr int kBusyTimeoutMs = 200;
constexpr int kCacheKib = 256;

ErrorCode code_of(int code, int system_errno) noexcept {
  switch (code & 0xff) {
    case SQLITE_FULL: return ErrorCode::no_space;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorCode::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH: return ErrorCode::corrupt;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return ErrorCode::denied;
    default: break;
  }
  switch (system_errno) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return ErrorCode::no_space;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::denied;
    case ENOENT: return ErrorCode::not_found;
    default: return ErrorCode::io;
  }
}

// What the system said to the last call that failed on the WAL (a full quota, for one, is told by
// nothing else) or on the database.
int errno_of(sqlite3* handle) noexcept {
  int error = 0;
  sqlite3_file* wal = nullptr;
  sqlite3_file_control(handle, nullptr, SQLITE_FCNTL_JOURNAL_POINTER, &wal);
  if (wal != nullptr && wal->pMethods != nullptr)
    wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &error);
  return error != 0 ? error : sqlite3_system_errno(handle);
}

std::string_view advice_for(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::no_space:
      return "make room on its file system, or remove jobs from complete/ and failed/";
    case ErrorCode::busy: return "another program has it open: let that finish, then try again";
    case ErrorCode::corrupt:
      return "put back a copy of it, or what `sqlite3 FILE .recover` makes of it, or move it away "
             "with its -wal file to begin anew";
    case ErrorCode::denied: return "filed must be allowed to write to it and to its directory";
    case ErrorCode::not_found: return "make its directory first";
    default: return "look at the disk and the kernel's log";
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void Statement::Finalize::operator()(sqlite3_stmt* handle) const noexcept {
  sqlite3_finalize(handle);
}

Database::Database(const std::string& path, DatabaseUse use) : path_(path) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (use == DatabaseUse::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail_with(code, "open");
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  run(
      fmt::format("PRAGMA cache_size = -{}; PRAGMA mmap_size = 0; "
                  "PRAGMA synchronous = NORMAL",
                  kCacheKib));
}

void Database::run(const std::string& sql) const {
  const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail_with(code, "write");
}

void Database::set_synchronous(bool full) {
  if (is_full_ == full) return;
  run(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  is_full_ = full;
}

void Database::fail_with(int code, std::string_view doing) const {
  if ((code & 0xff) == SQLITE_NOMEM) throw std::bad_alloc();
  const int primary = code & 0xff;
  const bool is_of_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  const int error = is_of_system && handle() != nullptr ? errno_of(handle()) : 0;
  const ErrorCode meaning = code_of(code, error);
  throw Error(meaning,
              fmt::format("cannot {} the state {}: {}{}{}; {}", doing, shown(path_),
                          handle() != nullptr ? sqlite3_errmsg(handle()) : sqlite3_errstr(code),
                          error != 0 ? ": " : "", error != 0 ? std::strerror(error) : "",
                          advice_for(meaning)),
              error);
}

Statement::Statement(const Database& database, const std::string& sql) : database_(database) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) database.fail_with(code, "read");
}

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), next_parameter_++, value);
  return *this;
}

Statement& Statement::bind_text(std::string_view text) {
  sqlite3_bind_text64(handle_.get(), next_parameter_++, text.data() != nullptr ? text.data() : "",
                      text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  sqlite3_bind_blob64(handle_.get(), next_parameter_++, bytes.data() != nullptr ? bytes.data() : "",
                      bytes.size(), SQLITE_STATIC);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  next_column_ = 0;
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  try {  // the message is that of the connection's last call
    database_.fail_with(code, "use");
  } catch (...) {
    reset();
    throw;
  }
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() noexcept {
  sqlite3_reset(handle_.get());
  next_parameter_ = 1;
}

std::int64_t Statement::number() { return sqlite3_column_int64(handle_.get(), next_column_++); }

std::string Statement::bytes() {
  const void* data = sqlite3_column_blob(handle_.get(), next_column_);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), next_column_));
  ++next_column_;
  return data != nullptr ? std::string(static_cast<const char*>(data), size) : std::string();
}

Transaction::Transaction(const Database& database) : database_(database) {
  database.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (is_open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("COMMIT");
  is_open_ = false;
}

}  // namespace bobbin
