// SPDX-License-Identifier: Apache-2.0
#include "spool/quarantine.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>

#include "base/durable_file.h"
#include "base/fail.h"
#include "base/io.h"
#include "base/uuid.h"
#include "packet/creation_time.h"
#include "spool/layout.h"

namespace bobbin {
namespace {

Fd open_quarantine(const SpoolDirectory& spool, const std::string& what) {
  const Fd root = spool.open_root();
  bool is_new = true;
  while (::mkdirat(root.get(), kQuarantineDirectory, 0777) != 0) {
    if (errno == EINTR) continue;
    if (errno != EEXIST) fail_errno(errno, "cannot create the directory " + what);
    is_new = false;
    break;
  }
  if (is_new) sync_directory(root.get(), shown(spool.path()));
  return open_at(root.get(), kQuarantineDirectory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                 "cannot open " + what);
}

bool exists(int directory, const std::string& name) {
  struct stat status {};
  return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

void write_reason(int directory, const std::string& name, const std::string& reason,
                  const std::string& what) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::string text = utc_text({now.tv_sec, 0}) + ' ' + reason + '\n';
  Fd file = open_at(directory, name + kReasonSuffix, O_WRONLY | O_CREAT | O_EXCL, 0666,
                    "cannot create the reason file in " + what);
  write_all(file.get(), text, "the reason file in " + what);
  sync_file(file.get(), "the reason file in " + what);
  close_checked(std::move(file), "the reason file in " + what);
}

}  // namespace

std::string quarantine(const SpoolDirectory& spool, const std::string& name,
                       const std::string& reason) {
  const std::string path = spool.path() + '/' + kQuarantineDirectory;
  const std::string what = shown(path);
  const Fd directory = open_quarantine(spool, what);
  std::string kept = name;
  if (exists(directory.get(), kept) || exists(directory.get(), kept + kReasonSuffix)) {
    kept += '.' + random_uuid();
  }
  write_reason(directory.get(), kept, reason, what);
  while (::renameat2(spool.jobs(), name.c_str(), directory.get(), kept.c_str(), RENAME_NOREPLACE) !=
         0) {
    if (errno == EINTR) continue;
    // A file system without RENAME_NOREPLACE: the name was free a moment ago, and we hold the
    // queue's lock.
    if (errno == EINVAL &&
        ::renameat(spool.jobs(), name.c_str(), directory.get(), kept.c_str()) == 0)
      break;
    fail_errno(errno, "cannot move " + spool.shown_job(name) + " to " + what);
  }
  sync_directory(directory.get(), what);
  sync_directory(spool.jobs(), shown(spool.path() + "/jobs"));
  return path + '/' + kept;
}

}  // namespace bobbin
