// SPDX-License-Identifier: Apache-2.0
#include "exec/process_tree.h"

#include <bobbin/error.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/directory.h"
#include "base/fd.h"
#include "base/io.h"

namespace bobbin {
namespace {

using PidsOfParent = std::unordered_map<pid_t, std::vector<pid_t>>;

// The kernel bounds every file that is read here by the number of processes. "" if it can't be
// read.
std::string read_proc(const std::string& path) {
  std::string text;
  const Fd fd = try_open_at(AT_FDCWD, path, O_RDONLY);
  if (!fd.is_open()) return text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;  // an error says that the process has gone meanwhile
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

// Takes the number that `text` begins with, and the blanks around it.
template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

template <typename Visit>
void for_each_number_in(const std::string& path, Visit visit) {
  const Fd directory = try_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  if (!directory.is_open()) return;
  try {
    for_each_entry(directory.get(), path, [&](const DirectoryEntry& entry) {
      std::string_view name = entry.name;
      const auto number = take_number<pid_t>(name);
      if (number && name.empty()) visit(*number);
    });
  } catch (const Error&) {
    // The process has gone while its threads were listed.
  }
}

bool has_children_files() {
  static constexpr const char* kOwn = "/proc/thread-self/children";
  return ::access(kOwn, R_OK) == 0;
}

KinshipSource resolve(KinshipSource source) {
  if (source != KinshipSource::automatic) return source;
  return has_children_files() ? KinshipSource::children_files : KinshipSource::all_processes;
}

std::vector<pid_t> listed_children(pid_t pid) {
  std::vector<pid_t> children;
  const std::string tasks = fmt::format("/proc/{}/task", pid);
  for_each_number_in(tasks, [&](pid_t thread) {
    const std::string text = read_proc(fmt::format("{}/{}/children", tasks, thread));
    std::string_view rest = text;
    while (const auto child = take_number<pid_t>(rest)) children.push_back(*child);
  });
  return children;
}

PidsOfParent scan_all() {
  PidsOfParent pids;
  for_each_number_in("/proc", [&](pid_t pid) {
    if (const auto process = look_up(pid)) pids[process->parent].push_back(pid);
  });
  return pids;
}

// One reading of who is whose child.
class Kinship {
 public:
  explicit Kinship(KinshipSource source) : scanned_(source == KinshipSource::all_processes) {
    if (scanned_) table_ = scan_all();
  }

  std::vector<pid_t> children(pid_t pid) const {
    if (!scanned_) return listed_children(pid);
    const auto at = table_.find(pid);
    return at == table_.end() ? std::vector<pid_t>{} : at->second;
  }

 private:
  bool scanned_;
  PidsOfParent table_;
};

}  // namespace

std::optional<Process> look_up(pid_t pid) {
  const std::string text = read_proc(fmt::format("/proc/{}/stat", pid));
  // The name, in parentheses, may hold anything, so the fields are counted from the last ')'.
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos || name_end + 4 > text.size()) return std::nullopt;
  const char state = text[name_end + 2];  // field 3
  std::string_view rest = std::string_view(text).substr(name_end + 3);
  std::array<std::int64_t, 19> fields{};  // fields 4 to 22
  for (std::int64_t& field : fields) {
    const auto number = take_number<std::int64_t>(rest);
    if (!number) return std::nullopt;
    field = *number;
  }
  const std::int64_t threads = fields[20 - 4];
  return Process{
      .pid = pid,
      .parent = static_cast<pid_t>(fields[0]),
      .session = static_cast<pid_t>(fields[6 - 4]),
      .started = static_cast<std::uint64_t>(fields[22 - 4]),
      // The first thread of a process may end before the others; it then looks like a zombie.
      .is_alive = (state != 'Z' && state != 'X') || threads > 1,
  };
}

std::uint64_t ticks_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const auto a_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return static_cast<std::uint64_t>(now.tv_sec) * a_second +
         static_cast<std::uint64_t>(now.tv_nsec) / (1'000'000'000 / a_second);
}

std::vector<Process> living_processes() {
  std::vector<Process> living;
  for_each_number_in("/proc", [&](pid_t pid) {
    const auto process = look_up(pid);
    if (process && process->is_alive) living.push_back(*process);
  });
  return living;
}

std::vector<pid_t> children_of(pid_t pid, KinshipSource source) {
  return Kinship(resolve(source)).children(pid);
}

SignalResult send_signal(const Process& process, int signal) {
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!handle.is_open() && errno == ESRCH) return SignalResult::gone;
  // Looked up after the handle was opened: if it is the right one now, the handle is the right one
  // for ever.
  const auto now = look_up(process.pid);
  if (!now || now->started != process.started) return SignalResult::gone;
  // No handle (an old kernel, no descriptors left): the instant between look and kill has to do.
  const long done = handle.is_open()
                        ? ::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0)
                        : ::kill(process.pid, signal);
  if (done == 0) return SignalResult::sent;
  return errno == EPERM ? SignalResult::denied : SignalResult::gone;
}

ProcessTree::ProcessTree(pid_t root, KinshipSource source)
    : source_(resolve(source)), root_(look_up(root)) {}

ProcessTree::ProcessTree(const Process& root)
    : source_(resolve(KinshipSource::automatic)), root_(root) {}

std::vector<Process> ProcessTree::living(const std::vector<pid_t>& not_ours) const {
  if (!root_) return {};
  const pid_t self = ::getpid();
  const Kinship kinship(source_);
  std::vector<Process> found;
  std::unordered_set<pid_t> seen(not_ours.begin(), not_ours.end());
  const auto add = [&](pid_t pid, pid_t parent) {
    if (!seen.insert(pid).second) return;
    const auto process = look_up(pid);
    // A parent that changed to us has died since; any other says that the number has a new owner.
    if (!process || (process->parent != parent && process->parent != self)) return;
    if (process->started >= root_->started) found.push_back(*process);
  };
  const auto add_descendants_from = [&](std::size_t first) {
    for (std::size_t at = first; at < found.size(); ++at) {
      const pid_t parent = found[at].pid;
      for (const pid_t child : kinship.children(parent)) add(child, parent);
    }
  };
  add(root_->pid, self);
  add_descendants_from(0);
  // Ours last: a process whose parent dies during the sweep moves to us.
  const std::size_t within = found.size();
  for (const pid_t child : kinship.children(self)) add(child, self);
  add_descendants_from(within);
  std::erase_if(found, [](const Process& process) { return !process.is_alive; });
  return found;
}

}  // namespace bobbin
