// SPDX-License-Identifier: Apache-2.0
// SQLite as this layer needs it: connections, statements and transactions that clean up after
// themselves, and its failures as Errors that name the file and say what to do.
//
// Threads: a connection is used by one thread at a time; who has it sees to that.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace bobbin {

enum class DatabaseUse { write, read };

class Database {
 public:
  Database(const std::string& path, DatabaseUse use);

  void run(const std::string& sql) const;  // statements without results
  // Whether the next commits wait for the disk.
  void set_synchronous(bool full);
  // Throws what SQLite's `code` means, while `doing`.
  [[noreturn]] void fail_with(int code, std::string_view doing) const;

  sqlite3* handle() const noexcept { return handle_.get(); }
  const std::string& path() const noexcept { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
  bool is_full_ = false;
};

// A prepared statement. Its parameters and columns are used in order, one call each.
class Statement {
 public:
  // The database outlives it.
  Statement(const Database& database, const std::string& sql);

  Statement& bind(std::int64_t value);
  Statement& bind_text(std::string_view text);
  // The bytes stay as they are until the statement was run.
  Statement& bind_blob(std::string_view bytes);

  // The next row; false: there is none, and the statement is as new.
  bool step();
  void run();  // for one without rows
  // Ends a query before its last row.
  void reset() noexcept;

  std::int64_t number();
  std::string bytes();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const noexcept;
  };
  const Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int next_parameter_ = 1;
  int next_column_ = 0;
};

// All or nothing: what is not committed is rolled back.
class Transaction {
 public:
  explicit Transaction(const Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  const Database& database_;
  bool is_open_ = true;
};

}  // namespace bobbin
