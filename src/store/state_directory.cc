// SPDX-License-Identifier: Apache-2.0
#include "store/state_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <vector>

#include "base/directory.h"
#include "base/durable_file.h"
#include "base/fail.h"
#include "base/file_lock.h"
#include "base/io.h"
#include "base/number.h"

namespace bobbin {
namespace {

constexpr std::string_view kAdvice = "it must be a directory of filed's own, not a link";

Fd own_directory(int parent, const std::string& name, const std::string& path) {
  if (::mkdirat(parent, name.c_str(), 0700) != 0 && errno != EEXIST)
    fail_errno(errno, "cannot make the state directory " + shown(path));
  return open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                 "cannot open the state directory " + shown(path), kAdvice);
}

Fd own_lock(int directory, const std::string& path) {
  const std::string what = "the lock of the state, " + shown(path + "/lock");
  const auto open = [&] {
    return open_at(directory, "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600, "cannot open " + what);
  };
  try {
    return lock_file(open(), LockWait::never, what);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::busy) throw;
    const std::string holder = lock_holder(open().get());
    throw Error(ErrorCode::busy,
                fmt::format("the state beside {} is in use by {}; stop that first, or use another "
                            "state file",
                            shown(path), holder.empty() ? "another process" : holder),
                error.system_errno());
  }
}

void remove_file(int directory, std::uint64_t number) noexcept {
  char name[24];
  *fmt::format_to_n(name, sizeof name - 1, "{}", number).out = '\0';
  ::unlinkat(directory, name, 0);
}

void remove_unless(int directory, const std::string& what,
                   const std::function<bool(std::uint64_t)>& is_known) {
  std::vector<std::string> strangers;
  for_each_entry(directory, what, [&](const DirectoryEntry& entry) {
    const auto number = parse_number(entry.name);
    if (!number || !is_known(*number)) strangers.emplace_back(entry.name);
  });
  for (const std::string& name : strangers) ::unlinkat(directory, name.c_str(), 0);
}

}  // namespace

StateDirectory::StateDirectory(const std::string& database_path) : path_(database_path + ".d") {
  const Fd directory = own_directory(AT_FDCWD, path_, path_);
  lock_ = own_lock(directory.get(), path_);
  content_ = own_directory(directory.get(), "content", path_ + "/content");
  logs_ = own_directory(directory.get(), "logs", path_ + "/logs");
  own_directory(directory.get(), "slots", path_ + "/slots");
  sync_directory(directory.get(), shown(path_));
}

std::string StateDirectory::shown_name(std::string_view directory, std::uint64_t number) const {
  return shown(fmt::format("{}/{}/{}", path_, directory, number));
}

Fd StateDirectory::read_content(std::uint64_t file) const {
  return open_at(content_.get(), std::to_string(file), O_RDONLY | O_NOFOLLOW, 0,
                 "cannot open " + shown_name("content", file));
}

Fd StateDirectory::write_content(std::uint64_t file) const {
  return open_at(content_.get(), std::to_string(file), O_RDWR | O_NOFOLLOW, 0,
                 "cannot open " + shown_name("content", file));
}

Fd StateDirectory::new_content(std::uint64_t file) const {
  return open_at(content_.get(), std::to_string(file), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW,
                 0600, "cannot make " + shown_name("content", file));
}

bool StateDirectory::cut_content(std::uint64_t file, std::uint64_t size) const {
  const Fd fd = try_open_at(content_.get(), std::to_string(file), O_RDWR | O_NOFOLLOW);
  struct stat status {};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0) return false;
  const auto has = static_cast<std::uint64_t>(status.st_size);
  if (has > size && ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    fail_errno(errno, "cannot cut " + shown_name("content", file));
  return has >= size;
}

void StateDirectory::remove_content(std::uint64_t file) const noexcept {
  remove_file(content_.get(), file);
}

void StateDirectory::sync_content_names() const {
  sync_directory(content_.get(), shown(path_ + "/content"));
}

Fd StateDirectory::open_log(JobNumber number, LogFileUse use) const {
  const auto value = static_cast<std::uint64_t>(number);
  const int flags = use == LogFileUse::read ? O_RDONLY : O_RDWR | O_APPEND | O_CREAT;
  return open_at(logs_.get(), std::to_string(value), flags | O_NOFOLLOW, 0600,
                 "cannot open " + shown_name("logs", value));
}

std::uint64_t StateDirectory::adopt_log(JobNumber number, const std::string& path,
                                        bool may_be_taken) const {
  const auto value = static_cast<std::uint64_t>(number);
  const std::string name = std::to_string(value);
  struct stat status {};
  // The path may lead to another log by now. Otherwise what is there is what a power loss left.
  const bool is_taken =
      may_be_taken && ::fstatat(logs_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (!is_taken && ::renameat(AT_FDCWD, path.c_str(), logs_.get(), name.c_str()) != 0)
    fail_errno(errno, "cannot rename " + shown(path) + " to " + shown_name("logs", value));
  if (::fstatat(logs_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    fail_errno(errno, "cannot find the log " + shown(path));
  return static_cast<std::uint64_t>(status.st_size);
}

void StateDirectory::remove_log(JobNumber number) const noexcept {
  remove_file(logs_.get(), static_cast<std::uint64_t>(number));
}

void StateDirectory::remove_strangers(const std::function<bool(std::uint64_t)>& has_content,
                                      const std::function<bool(JobNumber)>& has_log) const {
  remove_unless(content_.get(), path_ + "/content", has_content);
  remove_unless(logs_.get(), path_ + "/logs",
                [&](std::uint64_t number) { return has_log(JobNumber{number}); });
}

std::uint64_t StateDirectory::free_bytes() const noexcept {
  struct statvfs status {};
  if (::fstatvfs(content_.get(), &status) != 0) return 0;
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace bobbin
