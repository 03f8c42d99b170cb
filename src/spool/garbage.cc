// SPDX-License-Identifier: Apache-2.0
#include "spool/garbage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fail.h"
#include "base/io.h"
#include "spool/layout.h"
#include "spool/scan.h"

namespace bobbin {
namespace {

constexpr std::int64_t kUntouchedSeconds = 24 * 60 * 60;

enum class Writer { alive, dead, unknown };

Writer writer_of(int directory, const std::string& name) {
  const Fd file = try_open_at(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!file.is_open()) return Writer::unknown;
  if (::fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(file.get(), F_SETLEASE, F_UNLCK);
    return Writer::dead;
  }
  return errno == EAGAIN ? Writer::alive : Writer::unknown;
}

void judge_temp_file(Garbage& garbage, int directory, const std::string& name,
                     const std::string& path, std::int64_t now_seconds) {
  struct stat status {};
  if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISREG(status.st_mode))
    return;
  switch (writer_of(directory, name)) {
    case Writer::dead: garbage.to_remove.push_back({path, "its writer is gone"}); return;
    case Writer::alive: garbage.kept.push_back({path, "it is being written"}); return;
    case Writer::unknown: break;
  }
  if (now_seconds - status.st_mtim.tv_sec >= kUntouchedSeconds) {
    garbage.to_remove.push_back({path, "it has not changed for a day"});
  } else {
    garbage.kept.push_back({path, "it may still be written: it changed within a day"});
  }
}

}  // namespace

Garbage find_garbage(const SpoolDirectory& spool, const SequenceFile* sequence,
                     const Decoder* decoder, std::int64_t now_seconds) {
  Garbage garbage;
  const std::string jobs = std::string(kJobsDirectory) + '/';
  for_each_entry(spool.jobs(), shown(spool.path() + "/jobs"), [&](const DirectoryEntry& entry) {
    if (!is_temp_name(entry.name)) return;
    const std::string name(entry.name);
    judge_temp_file(garbage, spool.jobs(), name, jobs + name, now_seconds);
  });
  if (sequence == nullptr) return garbage;
  for (const ScannedJob& job : scan_jobs(spool, decoder).jobs) {
    if (job.sequence >= sequence->next()) break;
    garbage.to_remove.push_back(
        {jobs + job.name, "job " + std::to_string(job.sequence) + " is below the next number " +
                              std::to_string(sequence->next()) + " and never runs again"});
  }
  const std::string temp = std::string(kSequenceFile) + kTempSuffix;
  const Fd root = spool.open_root();
  if (::faccessat(root.get(), temp.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    garbage.to_remove.push_back(
        {temp, "an interrupted run left it"});  // nobody writes it: we hold the lock
  }
  return garbage;
}

void remove_garbage(const SpoolDirectory& spool, const GarbageFile& file) {
  const Fd root = spool.open_root();
  if (::unlinkat(root.get(), file.path.c_str(), 0) != 0 && errno != ENOENT) {
    fail_errno(errno, "cannot remove " + shown(spool.path() + '/' + file.path));
  }
}

}  // namespace bobbin
