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
constexpr std::size_t kTempLimit = 32;  // more than any number

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

std::optional<std::uint64_t> read_number(int directory, const std::string& name,
                                         const std::string& path) {
  const auto text = read_text(directory, name, path);
  if (!text) return std::nullopt;
  const auto number = parse_sequence_text(*text);
  if (!number) {
    fail(ErrorCode::corrupt,
         "the sequence file " + shown(path) +
             " does not hold a number; find out the right one, remove the file and set it");
  }
  return number;
}

// What a temporary file holds, if it is a number at all: it may be anybody's left-over. Not being
// able to read one that is there is an error, since it may hold the newest number.
std::optional<std::uint64_t> read_temp_number(int directory, const std::string& temp) {
  const Fd fd = try_open_at(directory, temp, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
  if (!fd.is_open()) {
    if (errno == ENOENT || errno == ELOOP) return std::nullopt;
    fail_errno(errno, "cannot open the sequence file's " + shown(temp));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto text = read_small(fd.get(), kTempLimit, "the sequence file's " + shown(temp));
  return text ? parse_sequence_text(*text) : std::nullopt;
}

bool is_one_more(std::optional<std::uint64_t> temp, std::uint64_t next) noexcept {
  return temp && *temp != 0 && *temp - 1 == next;
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
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;
  Fd fd = try_open_at(directory, temp, flags, kMode);
  if (!fd.is_open() && (errno == ELOOP || errno == ENXIO)) {
    // Somebody put a link or a FIFO there: it is removed, not followed.
    ::unlinkat(directory, temp.c_str(), 0);
    fd = try_open_at(directory, temp, flags | O_EXCL, kMode);
  }
  if (!fd.is_open()) fail_errno(errno, "cannot create " + shown(path + kTempSuffix));
  return fd;
}

SequenceFile::SequenceFile(const std::string& path, SequenceOwner owner, LockWait wait)
    : path_(path) {
  const SplitPath split = split_path(path);
  if (split.name.empty())
    fail(ErrorCode::invalid, "the sequence file needs a name; give one with -s FILE");
  name_ = split.name;
  temp_ = name_ + kTempSuffix;
  directory_ = open_directory(split.directory, "the sequence file " + shown(path));
  lock_ = lock_file(open_lock(directory_.get(), name_, path_, owner), wait, shown(path_));
  const auto number = read_number(directory_.get(), name_, path_);
  missing_ = !number;
  next_ = number.value_or(1);
  if (owner == SequenceOwner::spool && !missing_) adopt_newer_temp();
}

void SequenceFile::adopt_newer_temp() {
  const auto temp = read_temp_number(directory_.get(), temp_);
  if (!is_one_more(temp, next_)) return;
  Fd fd = open_at(directory_.get(), temp_, O_WRONLY | O_NOFOLLOW, 0,
                  "cannot open " + shown(path_ + kTempSuffix));
  sync_file(fd.get(), shown(path_ + kTempSuffix));
  rename_in(directory_.get(), temp_, name_, shown(path_));
  sync_name();
  next_ = *temp;
}

void SequenceFile::store(std::uint64_t next) {
  Fd temp = create_sequence_temp(directory_.get(), temp_, path_);
  write_all(temp.get(), sequence_text(next), shown(path_ + kTempSuffix));
  sync_file(temp.get(), shown(path_ + kTempSuffix));
  close_checked(std::move(temp), shown(path_ + kTempSuffix));
  rename_in(directory_.get(), temp_, name_, shown(path_));
  next_ = next;
  missing_ = false;
}

void SequenceFile::sync_name() { sync_directory(directory_.get(), "of " + shown(path_)); }

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
  const auto number = read_number(directory.get(), kSequenceFile, path);
  if (!number) return std::nullopt;
  const auto temp = read_temp_number(directory.get(), std::string(kSequenceFile) + kTempSuffix);
  return is_one_more(temp, *number) ? temp : number;
}

}  // namespace bobbin
