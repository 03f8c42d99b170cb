// SPDX-License-Identifier: Apache-2.0
#include "slot/orphan_slots.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <ctime>
#include <utility>

#include "base/directory.h"
#include "base/fail.h"
#include "base/io.h"
#include "exec/deadline.h"
#include "exec/process_tree.h"
#include "slot/leftovers.h"
#include "slot/slot_files.h"

namespace bobbin {
namespace {

// How long a slot may take from its start to the first line of its record, or from its death to the
// end of its lock.
constexpr std::chrono::seconds kPatience{5};
constexpr long kLookAgainNs = 2'000'000;

// "17.record" -> 17
std::optional<unsigned> id_of(std::string_view name) {
  unsigned id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  const auto rest = name.substr(static_cast<std::size_t>(end - name.data()));
  return error == std::errc{} && rest == kRecordEnding ? std::optional(id) : std::nullopt;
}

bool is_locked(int file) {
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return errno == EWOULDBLOCK;
  ::flock(file, LOCK_UN);
  return false;
}

// The slot that holds the lock; not open if it has died.
Fd open_owner(int file) {
  const Deadline give_up = deadline_after(kPatience);
  while (is_locked(file) && !has_passed(give_up)) {
    if (const auto owner = read_owner(file)) {
      Fd process(static_cast<int>(::syscall(SYS_pidfd_open, owner->pid, 0)));
      // The number is the slot's if the process is as old as the slot. One that may not be looked
      // at (a /proc with hidepid) is believed, as the lock says that the slot lives.
      const auto now = look_up(owner->pid);
      if (process.is_open() && (!now || now->started == owner->pid_started)) return process;
    }
    const timespec pause{0, kLookAgainNs};
    ::nanosleep(&pause, nullptr);
  }
  return Fd();
}

}  // namespace

std::vector<OrphanSlot> find_orphan_slots(const std::string& slots_directory) {
  const Fd directory = open_at(AT_FDCWD, slots_directory, O_RDONLY | O_DIRECTORY, 0,
                               "cannot open " + shown(slots_directory));
  std::vector<OrphanSlot> orphans;
  for_each_entry(directory.get(), shown(slots_directory), [&](const DirectoryEntry& entry) {
    const auto id = id_of(entry.name);
    if (!id) return;
    Fd file = try_open_at(directory.get(), std::string(entry.name), O_RDWR | O_NOFOLLOW);
    if (!file.is_open()) return;
    OrphanSlot orphan;
    orphan.id_ = *id;
    orphan.directory_ = slots_directory;
    orphan.process_ = open_owner(file.get());
    orphan.record_file_ = std::move(file);
    orphans.push_back(std::move(orphan));
  });
  std::sort(orphans.begin(), orphans.end(),
            [](const auto& one, const auto& other) { return one.id() < other.id(); });
  return orphans;
}

std::vector<AttemptRecord> OrphanSlot::records() const { return read_records(record_file_.get()); }

bool OrphanSlot::is_of_this_boot() const {
  const auto owner = read_owner(record_file_.get());
  return owner && !owner->boot_id.empty() && owner->boot_id == current_boot_id();
}

std::string OrphanSlot::capture_path() const { return bobbin::capture_path(directory_, id_); }

std::shared_ptr<const Fd> OrphanSlot::capture() const {
  const std::string path = capture_path();
  return std::make_shared<const Fd>(
      open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW, 0, "cannot open " + shown(path)));
}

void OrphanSlot::kill() noexcept {
  if (is_alive()) ::syscall(SYS_pidfd_send_signal, process_.get(), SIGTERM, nullptr, 0);
}

void OrphanSlot::sweep(const std::string& job_name, const std::string& queue) noexcept {
  try {
    const auto all = records();
    if (all.empty() || all.back().end || all.back().pid <= 0 || !is_of_this_boot()) return;
    // A session lives on without its leader, whose number may have become a stranger's after the
    // last of it had gone: what the slot gave to its jobs tells them apart.
    const AttemptRecord& lost = all.back();
    const std::string attempt = fmt::format("FILED_ATTEMPT={}", lost.attempt);
    const auto is_left = [&](const Process& process) {
      if (process.started < lost.pid_started || !has_variable(process.pid, attempt)) return false;
      if (process.session == lost.pid) return true;
      return !job_name.empty() && has_variable(process.pid, "FILED_JOB=" + job_name) &&
             has_variable(process.pid, "FILED_QUEUE=" + queue);
    };
    kill_leftovers([&] {
      std::vector<Process> living = living_processes();
      std::erase_if(living, [&](const Process& process) { return !is_left(process); });
      return living;
    });
  } catch (const Error&) {
    // What can't be looked at can't be ended.
  }
}

void OrphanSlot::forget() {
  for (const std::string& path : {record_path(directory_, id_), capture_path()}) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      fail_errno(errno, "cannot remove " + shown(path));
    }
  }
}

}  // namespace bobbin
