// SPDX-License-Identifier: Apache-2.0
#include "base/directory.h"

#include <dirent.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/fail.h"

namespace bobbin {
namespace {

constexpr std::size_t kStep = 64 * 1024;

EntryType type_of(unsigned char type) noexcept {
  switch (type) {
    case DT_REG: return EntryType::regular;
    case DT_LNK: return EntryType::link;
    case DT_DIR: return EntryType::directory;
    case DT_UNKNOWN: return EntryType::unknown;
    default: return EntryType::other;
  }
}

}  // namespace

void for_each_entry(int directory, const std::string& what,
                    const std::function<void(const DirectoryEntry&)>& visit) {
  if (::lseek(directory, 0, SEEK_SET) < 0) fail_errno(errno, "cannot read the directory " + what);
  std::vector<char> buffer(kStep);
  for (;;) {
    const ssize_t got = ::getdents64(directory, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_errno(errno, "cannot read the directory " + what);
    if (got == 0) return;
    for (ssize_t at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") visit({name, entry->d_ino, type_of(entry->d_type)});
    }
  }
}

}  // namespace bobbin
