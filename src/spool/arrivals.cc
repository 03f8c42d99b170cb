// SPDX-License-Identifier: Apache-2.0
#include "spool/arrivals.h"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "spool/layout.h"

namespace bobbin {
namespace {

// A file becomes a job by being renamed here, by being closed after it was written, or by getting a
// name (a link).
constexpr std::uint32_t kEvents = IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE;

// Not in every linux/magic.h.
constexpr long kCifs = 0xff534d42;
constexpr long kCeph = 0x00c36400;

}  // namespace

bool reports_arrivals(const SpoolDirectory& spool) noexcept {
  struct statfs status {};
  if (::fstatfs(spool.jobs(), &status) != 0) return false;
  constexpr std::array<long, 8> kSilent{NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, SMB2_SUPER_MAGIC, kCifs,
                                        FUSE_SUPER_MAGIC, V9FS_MAGIC,      AFS_SUPER_MAGIC,  kCeph};
  return std::find(kSilent.begin(), kSilent.end(), static_cast<long>(status.f_type)) ==
         kSilent.end();
}

Arrivals::Arrivals(const SpoolDirectory& spool)
    : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  // Through the open descriptor, so that the directory watched is the one that is scanned. Limits
  // on watches (max_user_watches, max_user_instances) are no reason to stop: rescans do without.
  const std::string path = "/proc/self/fd/" + std::to_string(spool.jobs());
  if (inotify_.is_open() && ::inotify_add_watch(inotify_.get(), path.c_str(), kEvents) < 0)
    inotify_.reset();
  // As long as jobs/ is open here, its removal is reported by the directory above only. It need not
  // be: then a spool that was removed looks like one to which nothing comes.
  if (inotify_.is_open())
    ::inotify_add_watch(inotify_.get(), spool.path().c_str(), IN_DELETE | IN_ONLYDIR);
}

std::optional<std::vector<std::string>> Arrivals::take() {
  std::vector<std::string> names;
  bool is_complete = true;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  while (inotify_.is_open()) {
    const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (ssize_t at = 0; at < got;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += static_cast<ssize_t>(sizeof event + event.len);
      if ((event.mask & (IN_Q_OVERFLOW | IN_IGNORED)) != 0) is_complete = false;
      if ((event.mask & IN_DELETE) != 0 && event.len > 0 &&
          std::string_view(name) == kJobsDirectory)
        is_complete = false;
      if (event.len > 0 && is_job_name(name)) names.emplace_back(name);
    }
  }
  if (!is_complete) return std::nullopt;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace bobbin
