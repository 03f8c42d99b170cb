// SPDX-License-Identifier: Apache-2.0
#include "exec/service.h"

#include <fcntl.h>
#include <spawn.h>

#include <cerrno>
#include <csignal>

#include "base/fail.h"
#include "base/fd.h"

namespace bobbin {
namespace {

constexpr int kFirst = 3;

void check(int error, const std::string& what) {
  if (error != 0) fail_errno(error, what);
}

class FileActions {
 public:
  FileActions() { check(::posix_spawn_file_actions_init(&actions_), "cannot prepare a process"); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() {
    check(::posix_spawnattr_init(&attributes_), "cannot prepare a process");
    sigset_t set;
    ::sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&attributes_, &set);
    ::sigfillset(&set);
    ::posix_spawnattr_setsigdefault(&attributes_, &set);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

pid_t start_service(const Service& service) {
  const std::string what = "cannot start " + shown(service.program);
  const int end = kFirst + static_cast<int>(service.descriptors.size());
  FileActions actions;
  check(::posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDWR, 0), what);
  check(::posix_spawn_file_actions_adddup2(actions.get(), 0, 1), what);
  check(::posix_spawn_file_actions_adddup2(actions.get(), 0, 2), what);
  // Copies above all the places to be filled, so that none is overwritten before its turn.
  std::vector<Fd> copies;
  for (const int descriptor : service.descriptors) {
    copies.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, end));
    if (!copies.back().is_open()) fail_errno(errno, what);
    const int place = kFirst + static_cast<int>(copies.size()) - 1;
    check(::posix_spawn_file_actions_adddup2(actions.get(), copies.back().get(), place), what);
  }
  check(::posix_spawn_file_actions_addclosefrom_np(actions.get(), end), what);

  std::vector<char*> argv;
  // exec takes pointers to char that it does not write through.
  argv.push_back(const_cast<char*>(service.program.c_str()));
  for (const auto& argument : service.arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  const Attributes attributes;
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, service.program.c_str(), actions.get(), attributes.get(),
                                  argv.data(), service.environment->envp().data());
  if (error != 0) fail_errno(error, what);
  return pid;
}

}  // namespace bobbin
