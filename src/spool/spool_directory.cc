// SPDX-License-Identifier: Apache-2.0
#include "spool/spool_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/durable_file.h"
#include "base/fail.h"
#include "base/io.h"
#include "spool/layout.h"
#include "spool/open_path.h"
#include "spool/sequence_text.h"

namespace bobbin {
namespace {

constexpr unsigned kDirectoryMode = 0777;
constexpr unsigned kFileMode = 0666;

void make_directory(int parent, const std::string& name, const std::string& what,
                    std::string_view advice) {
  while (::mkdirat(parent, name.c_str(), kDirectoryMode) != 0) {
    if (errno != EINTR) fail_errno(errno, "cannot create the directory " + what, advice);
  }
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

SpoolDirectory::SpoolDirectory(const std::string& path) : path_(path) {
  jobs_ = open_directory(path + '/' + kJobsDirectory, "the queue " + shown(path));
}

std::string SpoolDirectory::sequence_path() const { return path_ + '/' + kSequenceFile; }

std::string SpoolDirectory::job_path(std::string_view name) const {
  std::string path = path_ + '/' + kJobsDirectory + '/';
  path += name;
  return path;
}

std::string SpoolDirectory::shown_job(std::string_view name) const { return shown(job_path(name)); }

Fd SpoolDirectory::open_root() const { return open_directory(path_, "the queue " + shown(path_)); }

void make_spool(const std::string& path, bool append_only) {
  const SplitPath split = split_path(without_trailing_slashes(path));
  const std::string what = shown(path);
  if (split.name.empty())
    fail(ErrorCode::invalid, "cannot create the queue " + what + ": the path is empty");
  const Fd parent = open_directory(split.directory, "the queue " + what);
  make_directory(parent.get(), split.name, what,
                 "a queue is created in a directory that does not exist yet");
  const Fd root = open_at(parent.get(), split.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                          "cannot open " + what);
  make_directory(root.get(), kJobsDirectory, shown(path + '/' + kJobsDirectory), {});
  if (!append_only) {
    const std::string name = kSequenceFile;
    const int flags = O_WRONLY | O_CREAT | O_EXCL;
    open_at(root.get(), name + kLockSuffix, flags, kFileMode,
            "cannot create the lock file in " + what);
    const std::string temp = name + kTempSuffix;
    Fd file =
        open_at(root.get(), temp, flags, kFileMode, "cannot create the sequence file in " + what);
    write_all(file.get(), sequence_text(1), "the sequence file in " + what);
    sync_file(file.get(), "the sequence file in " + what);
    close_checked(std::move(file), "the sequence file in " + what);
    rename_in(root.get(), temp, name, "the sequence file in " + what);
  }
  sync_directory(root.get(), what);
  sync_directory(parent.get(), shown(split.directory));
}

}  // namespace bobbin
