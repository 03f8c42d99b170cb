// SPDX-License-Identifier: Apache-2.0
#include "spool/job_index.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/durable_file.h"
#include "base/fail.h"
#include "base/io.h"
#include "spool/arrivals.h"
#include "spool/layout.h"

namespace bobbin {
namespace {

constexpr std::uint64_t kMagic = 0x3158444e49424f42;  // "BOBINDX1" on this byte order
constexpr std::size_t kMostBytes = std::size_t{1} << 32;

// jobs/ as it stood.
struct Stamp {
  std::uint64_t device;
  std::uint64_t inode;
  std::int64_t modified_seconds;
  std::int64_t modified_nanoseconds;
  std::int64_t changed_seconds;
  std::int64_t changed_nanoseconds;

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

// The file: a head, `count` entries by sequence number, then the names.
struct Head {
  std::uint64_t magic;
  std::uint64_t count;
  Stamp stamp;
};

struct Entry {
  std::uint64_t sequence;
  std::int64_t created_seconds;
  std::uint32_t created_nanoseconds;
  std::uint32_t name_size;
  std::uint64_t name_offset;  // from the file's beginning
};

int guard_signal() noexcept { return SIGRTMIN + 3; }

sigset_t guard_signals() noexcept {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, guard_signal());
  return set;
}

std::optional<Stamp> stamp_of(int jobs) noexcept {
  struct stat status {};
  if (::fstat(jobs, &status) != 0) return std::nullopt;
  return Stamp{status.st_dev,          status.st_ino,         status.st_mtim.tv_sec,
               status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

// A stamp that any later change spoils. nullopt if something came before it was taken: creating a
// name and reporting it happen under the directory's lock, which setting its times takes as well,
// so nothing can be in between.
std::optional<Stamp> fresh_stamp(int jobs, DirectoryGuard& guard) noexcept {
  timespec times[2] = {{0, UTIME_OMIT}, {}};
  ::clock_gettime(CLOCK_REALTIME, &times[1]);
  if (::futimens(jobs, times) != 0) return std::nullopt;
  const auto stamp = stamp_of(jobs);
  return guard.something_came() ? std::nullopt : stamp;
}

template <typename T>
void append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string index_bytes(std::span<const ScannedJob> jobs, const Stamp& stamp) {
  std::string bytes;
  append(bytes, Head{kMagic, jobs.size(), stamp});
  std::uint64_t offset = sizeof(Head) + jobs.size() * sizeof(Entry);
  for (const ScannedJob& job : jobs) {
    append(bytes, Entry{job.sequence, job.created.seconds, job.created.nanoseconds,
                        static_cast<std::uint32_t>(job.name.size()), offset});
    offset += job.name.size();
  }
  for (const ScannedJob& job : jobs) bytes += job.name;
  return bytes;
}

}  // namespace

DirectoryGuard::DirectoryGuard(const SpoolDirectory& spool) : spool_(spool) {
  if (!reports_arrivals(spool)) return;
  const sigset_t signals = guard_signals();
  if (::sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return;
  watching_ = ::fcntl(spool.jobs(), F_SETSIG, guard_signal()) == 0 &&
              ::fcntl(spool.jobs(), F_NOTIFY, DN_CREATE | DN_RENAME) == 0;
}

DirectoryGuard::~DirectoryGuard() {
  ::fcntl(spool_.jobs(), F_NOTIFY, 0);
  something_came();  // takes a signal that would kill us once it is no longer blocked
  const sigset_t signals = guard_signals();
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

bool DirectoryGuard::something_came() noexcept {
  const sigset_t signals = guard_signals();
  const timespec at_once{};
  while (::sigtimedwait(&signals, nullptr, &at_once) > 0) came_ = true;
  return came_;
}

std::optional<JobIndex> JobIndex::open(const SpoolDirectory& spool) {
  const Fd root = spool.open_root();
  const Fd file = try_open_at(root.get(), kIndexFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < sizeof(Head) || size > kMostBytes) return std::nullopt;
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) return std::nullopt;
  JobIndex index(static_cast<const char*>(mapped), size);
  Head head{};
  std::memcpy(&head, index.bytes_, sizeof head);
  const bool fits = head.magic == kMagic && head.count <= (size - sizeof(Head)) / sizeof(Entry);
  if (!fits || stamp_of(spool.jobs()) != head.stamp) return std::nullopt;
  return index;
}

JobIndex::JobIndex(JobIndex&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)), size_(other.size_) {}

JobIndex::~JobIndex() {
  if (bytes_ != nullptr) ::munmap(const_cast<char*>(bytes_), size_);
}

std::optional<ScannedJob> JobIndex::entry(std::uint64_t position) const {
  Head head{};
  std::memcpy(&head, bytes_, sizeof head);
  if (position >= head.count) return std::nullopt;
  Entry entry{};
  std::memcpy(&entry, bytes_ + sizeof(Head) + position * sizeof(Entry), sizeof entry);
  if (entry.name_offset > size_ || entry.name_size > size_ - entry.name_offset) return std::nullopt;
  ScannedJob job{entry.sequence,
                 {entry.created_seconds, entry.created_nanoseconds},
                 std::string(bytes_ + entry.name_offset, entry.name_size),
                 EntryType::unknown};
  // The name is used within jobs/ and must not lead out of it.
  if (!is_job_name(job.name) || job.name.find('/') != std::string::npos) return std::nullopt;
  return job;
}

std::uint64_t JobIndex::lower_bound(std::uint64_t sequence) const {
  Head head{};
  std::memcpy(&head, bytes_, sizeof head);
  std::uint64_t low = 0;
  std::uint64_t high = head.count;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    Entry at{};
    std::memcpy(&at, bytes_ + sizeof(Head) + middle * sizeof(Entry), sizeof at);
    if (at.sequence < sequence) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::optional<ScannedJob> JobIndex::find(std::uint64_t sequence) const {
  auto job = entry(lower_bound(sequence));
  return job && job->sequence == sequence ? std::move(job) : std::nullopt;
}

std::uint64_t JobIndex::count_from(std::uint64_t sequence) const {
  Head head{};
  std::memcpy(&head, bytes_, sizeof head);
  return head.count - lower_bound(sequence);
}

std::vector<ScannedJob> JobIndex::first_from(std::uint64_t sequence, std::size_t limit) const {
  std::vector<ScannedJob> jobs;
  for (std::uint64_t at = lower_bound(sequence); jobs.size() < limit; ++at) {
    auto job = entry(at);
    if (!job) break;
    jobs.push_back(std::move(*job));
  }
  return jobs;
}

void save_index(const SpoolDirectory& spool, std::span<const ScannedJob> sorted_jobs,
                DirectoryGuard& guard) noexcept {
  try {
    const auto stamp = fresh_stamp(spool.jobs(), guard);
    if (!stamp) return remove_index(spool);
    const Fd root = spool.open_root();
    const std::string temp = std::string(kIndexFile) + kTempSuffix;
    ::unlinkat(root.get(), temp.c_str(), 0);
    Fd file =
        open_at(root.get(), temp, O_WRONLY | O_CREAT | O_EXCL, 0666, "cannot create the index");
    write_all(file.get(), index_bytes(sorted_jobs, *stamp), "the index");
    sync_file(file.get(), "the index");
    rename_in(root.get(), temp, kIndexFile, "the index");
  } catch (const std::exception&) {
    remove_index(spool);
  }
}

void renew_index(const SpoolDirectory& spool, DirectoryGuard& guard) noexcept {
  try {
    const auto stamp = fresh_stamp(spool.jobs(), guard);
    if (!stamp) return remove_index(spool);
    const Fd root = spool.open_root();
    const Fd file =
        open_at(root.get(), kIndexFile, O_WRONLY | O_NOFOLLOW, 0, "cannot open the index");
    const auto written = ::pwrite(file.get(), &*stamp, sizeof *stamp, offsetof(Head, stamp));
    if (written != static_cast<ssize_t>(sizeof *stamp)) remove_index(spool);
  } catch (const std::exception&) {
    remove_index(spool);
  }
}

void remove_index(const SpoolDirectory& spool) noexcept {
  const std::string directory = spool.path() + '/';
  ::unlink((directory + kIndexFile).c_str());
}

}  // namespace bobbin
