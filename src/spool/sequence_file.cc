// SPDX-License-Identifier: Apache-2.0
#include "spool/sequence_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "base/durable_file.h"
#include "base/fail.h"
#include "base/io.h"
#include "spool/layout.h"
#include "spool/open_path.h"
#include "spool/sequence_temp.h"
#include "spool/sequence_text.h"

namespace bobbin {
namespace {

constexpr unsigned kMode = 0666;
constexpr std::size_t kTempLimit = 64;  // more than any number and the line behind it

// nullopt: no such file. A FIFO in the place of the file does not block: it reads as empty.
std::optional<std::string> read_text(int directory, const std::string& name,
                                     const std::string& path) {
  Fd fd = try_open_at(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    fail_errno(errno, "cannot open the sequence file " + shown(path));
  }
  std::string text(kSequenceTextLimit, '\0');
  text.resize(read_full(fd.get(), text.data(), text.size(), "the sequence file " + shown(path)));
  return text;
}

// The number that comes next in a file, and whether the file is one of a run's two.
struct Stored {
  std::uint64_t next;
  bool in_run;
};

std::optional<Stored> read_sequence(int directory, const std::string& name,
                                    const std::string& path) {
  const auto text = read_text(directory, name, path);
  if (!text) return std::nullopt;
  const auto number = parse_sequence_text(*text);
  if (!number) {
    fail(ErrorCode::corrupt,
         "the sequence file " + shown(path) +
             " does not hold a number; find out the right one, remove the file and set it");
  }
  return Stored{*number, is_in_run(*text)};
}

// What a run left in the other file, if that is newer by the one job that it can be. A temporary
// file may be anybody's left-over, but not being able to read one that is there is an error: it may
// hold the number.
std::optional<std::uint64_t> newer_number(int directory, const std::string& temp,
                                          const Stored& stored) {
  if (!stored.in_run) return std::nullopt;
  const Fd fd = try_open_at(directory, temp, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
  if (!fd.is_open()) {
    if (errno == ENOENT || errno == ELOOP) return std::nullopt;
    fail_errno(errno, "cannot open the sequence file's " + shown(temp));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto text = read_small(fd.get(), kTempLimit, "the sequence file's " + shown(temp));
  if (!text || !is_in_run(*text)) return std::nullopt;
  const auto number = parse_sequence_text(*text);
  return number && *number != 0 && *number - 1 == stored.next ? number : std::nullopt;
}

Fd open_lock(int directory, const std::string& name, const std::string& path, SequenceOwner owner) {
  const std::string lock = name + kLockSuffix;
  const std::string what = "cannot open the lock file " + shown(path + kLockSuffix);
  if (owner == SequenceOwner::sender)
    return open_at(directory, lock, O_RDWR | O_CREAT | O_NOCTTY, kMode, what);
  return open_at(
      directory, lock, O_RDWR | O_NOCTTY, 0, what,
      "if it is missing, this is no queue or an append-only one, which keeps no sequence");
}

}  // namespace

Fd create_sequence_temp(int directory, const std::string& temp, const std::string& path) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  Fd fd = try_open_at(directory, temp, flags, kMode);
  if (!fd.is_open() && errno == EEXIST) {
    // Removed, not emptied: a power loss may leave that inode under the file's own name.
    ::unlinkat(directory, temp.c_str(), 0);
    fd = try_open_at(directory, temp, flags, kMode);
  }
  if (!fd.is_open()) fail_errno(errno, "cannot create " + shown(path + kTempSuffix));
  return fd;
}

SequenceFile::SequenceFile(const std::string& path, SequenceOwner owner, LockWait wait)
    : path_(path), shown_path_(shown(path)), shown_temp_(shown(path + kTempSuffix)) {
  const SplitPath split = split_path(path);
  if (split.name.empty())
    fail(ErrorCode::invalid, "the sequence file needs a name; give one with -s FILE");
  name_ = split.name;
  temp_ = name_ + kTempSuffix;
  directory_ = open_directory(split.directory, "the sequence file " + shown(path));
  lock_ = lock_file(open_lock(directory_.get(), name_, path_, owner), wait, shown_path_);
  const auto stored = read_sequence(directory_.get(), name_, path_);
  missing_ = !stored;
  next_ = stored ? stored->next : 1;
  if (owner != SequenceOwner::spool || missing_) return;
  if (const auto newer = newer_number(directory_.get(), temp_, *stored)) {
    // Not stored anew: that would need the temporary file's name.
    Fd fd =
        open_at(directory_.get(), temp_, O_WRONLY | O_NOFOLLOW, 0, "cannot open " + shown_temp_);
    sync_file(fd.get(), shown_temp_);
    rename_in(directory_.get(), temp_, name_, shown_path_);
    sync_name();
    next_ = *newer;
  }
}

void SequenceFile::store(std::uint64_t next) {
  Fd temp = create_sequence_temp(directory_.get(), temp_, path_);
  write_all(temp.get(), sequence_text(next), shown_temp_);
  sync_file(temp.get(), shown_temp_);
  close_checked(std::move(temp), shown_temp_);
  rename_in(directory_.get(), temp_, name_, shown_path_);
  next_ = next;
  missing_ = false;
}

void SequenceFile::sync_name() { sync_directory(directory_.get(), shown_path_); }

std::uint64_t SequenceFile::claim() {
  const std::uint64_t number = next_;
  store(number_after(number));
  return number;
}

std::uint64_t number_after(std::uint64_t number) {
  if (number == std::numeric_limits<std::uint64_t>::max()) {
    fail(ErrorCode::no_space,
         "sequence number 18446744073709551615 has no successor; start a new stream");
  }
  return number + 1;
}

std::optional<std::uint64_t> peek_next(const std::string& spool_path) {
  const std::string path = spool_path + '/' + kSequenceFile;
  const Fd directory = open_directory(spool_path, "the queue " + shown(spool_path));
  const auto stored = read_sequence(directory.get(), kSequenceFile, path);
  if (!stored) return std::nullopt;
  const std::string temp = std::string(kSequenceFile) + kTempSuffix;
  return newer_number(directory.get(), temp, *stored).value_or(stored->next);
}

}  // namespace bobbin
