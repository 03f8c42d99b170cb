// SPDX-License-Identifier: Apache-2.0
#include "slot/submitter.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <cerrno>

#include "base/fail.h"

namespace bobbin {
namespace {

constexpr std::size_t kMostEntry = 1 << 20;
constexpr std::size_t kMostGroups = 1024;

std::vector<gid_t> groups_of(const passwd& entry, uid_t uid) {
  std::vector<gid_t> groups(kMostGroups);
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) {
    fail(ErrorCode::invalid, fmt::format("user {} has more than {} groups", uid, kMostGroups));
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace

Submitter look_up_submitter(uid_t uid, gid_t gid) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> texts(4096);
  for (;;) {
    const int error = ::getpwuid_r(uid, &entry, texts.data(), texts.size(), &found);
    if (error == 0) break;
    if (error != ERANGE || texts.size() >= kMostEntry) {
      fail_errno(error, fmt::format("cannot look up user {}", uid));
    }
    texts.resize(texts.size() * 2);
  }
  if (found == nullptr) return {.identity = {uid, gid, {gid}}, .is_known = false};
  Submitter submitter{.identity = {uid, entry.pw_gid, groups_of(entry, uid)}};
  if (entry.pw_dir[0] != '\0') submitter.home = entry.pw_dir;
  const std::string shell = entry.pw_shell[0] != '\0' ? entry.pw_shell : "/bin/sh";
  submitter.environment = {"HOME=" + submitter.home, fmt::format("USER={}", entry.pw_name),
                           fmt::format("LOGNAME={}", entry.pw_name), "SHELL=" + shell};
  return submitter;
}

}  // namespace bobbin
