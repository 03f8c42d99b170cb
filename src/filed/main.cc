// SPDX-License-Identifier: Apache-2.0
// filed: puts the parts together, and takes them apart again when told to stop. Holds no rules.
//
// Threads: the main one waits while those of the mount serve it; one runs the scheduler, one waits
// for signals; the Store has its own.
//
// Crash: nothing to undo; slots go on, the mount is dead until the next start clears it, the state
// is what the Store persisted.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "base/fail.h"
#include "exec/environment.h"
#include "exec/spawn.h"
#include "filed/options.h"
#include "filed/places.h"
#include "filed/readiness.h"
#include "filed/sandbox.h"
#include "filed/unmounter.h"
#include "mount/event_log.h"
#include "mount/mount.h"
#include "sched/scheduler.h"
#include "sched/wake_fd.h"
#include "store/sqlite_store.h"

namespace bobbin {
namespace {

constexpr int kStopSignals[] = {SIGTERM, SIGINT, SIGHUP};

// Before any thread, so that all of them inherit it: stop signals are waited for by one of them.
sigset_t block_stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : kStopSignals) ::sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return set;
}

// Waits for stop signals until destroyed, and tells each to `on_signal`.
class SignalThread {
 public:
  SignalThread(sigset_t set, std::function<void(int)> on_signal)
      : thread_([this, set, on_signal = std::move(on_signal)] {
          for (;;) {
            int number = 0;
            if (::sigwait(&set, &number) != 0) continue;
            if (ended_) return;
            on_signal(number);
          }
        }) {}
  ~SignalThread() {
    ended_ = true;
    ::pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

NodeAttributes first_rights() {
  NodeAttributes rights;
  rights.mode = 0750;
  rights.uid = ::geteuid();
  rights.gid = ::getegid();
  rights.modified = rights.changed = std::chrono::system_clock::now();
  return rights;
}

// For who is not root. While there is one thread only.
bool fusermount(const std::string& mountpoint) {
  Child process =
      spawn({.program = "fusermount3", .arguments = {"-u", "-z", "--", mountpoint}}, {});
  return succeeded(process.wait());
}

// What came of waiting for a change of the state to be safe; used once, at the end.
void persist_all(Store& store) {
  std::promise<std::exception_ptr> done;
  store.persist(Durability::durable, [&](std::exception_ptr error) { done.set_value(error); });
  if (const std::exception_ptr error = done.get_future().get()) std::rethrow_exception(error);
}

// Serves and runs jobs until a signal or an unmount.
void serve(Mount& mount, Scheduler& scheduler, Readiness& readiness, sigset_t signals,
           const Log& log) {
  const SignalThread on_signal(signals, [&](int number) {
    log.info("stopping: {}; no new starts, running jobs are ended", ::strsignal(number));
    readiness.stopping();
    scheduler.stop();
  });
  std::exception_ptr failure;
  std::thread jobs([&] {
    try {
      scheduler.run();
    } catch (...) {
      failure = std::current_exception();
    }
    mount.stop();
  });
  readiness.ready();
  mount.run();
  scheduler.stop();  // somebody unmounted it
  jobs.join();
  if (failure) std::rethrow_exception(failure);
}

void run(const Options& options, const Log& log) {
  if (options.run_as_submitter && ::geteuid() != 0) {
    fail(ErrorCode::invalid, "--run-as submitter needs root: only root can become other users");
  }
  const sigset_t signals = block_stop_signals();
  Readiness readiness(options.ready_fd);
  if (clear_dead_mount(options.mountpoint, fusermount)) {
    log.info("took away the dead mount of an earlier run at {}", shown(options.mountpoint));
  }
  const Places places = find_places(options.mountpoint, state_path(options));
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const bool sandboxed = !options.sandbox.empty();
  // In a sandbox nobody can unmount: who does it in the end is started before, and before there are
  // threads.
  std::optional<Unmounter> unmounter;
  if (sandboxed) unmounter.emplace(places.mountpoint, log);

  EventLog events;
  WakeFd wake;
  const std::unique_ptr<Store> store = open_sqlite_store(
      {.path = places.state,
       .sync = options.sync,
       .first_config = default_config(std::max(1u, std::thread::hardware_concurrency())),
       .first_directory = first_rights()},
      events, wake, log);

  const Fd rules = sandboxed ? job_sandbox(options.sandbox) : Fd();
  Scheduler scheduler(*store, wake,
                      {.slot_program = places.slot_program,
                       .slots_directory = places.state + ".d/slots",
                       .environment = Environment::current(),
                       .queue = places.mountpoint,
                       .run_as_submitter = options.run_as_submitter,
                       .sandbox = rules.get(),
                       .on_drained = {}},
                      log);
  scheduler.recover();
  {
    Mount mount(*store, events,
                {.mountpoint = places.mountpoint,
                 .allow_other = options.allow_other || ::geteuid() == 0,
                 .saving_waits = options.sync == SyncMode::full},
                log);
    if (sandboxed) {
      enter_daemon_sandbox(options.sandbox, places.state_directory, places.slot_program);
    }
    log.info("queue mounted at {}, state in {}", shown(places.mountpoint), shown(places.state));
    serve(mount, scheduler, readiness, signals, log);
  }
  persist_all(*store);
  log.info("stopped");
}

}  // namespace
}  // namespace bobbin

int main(int count, char** arguments) {
  using namespace bobbin;
  const auto parsed = parse_options(count, arguments);
  if (const Answer* answer = std::get_if<Answer>(&parsed)) {
    std::fputs(answer->text.c_str(), answer->exit_status == 0 ? stdout : stderr);
    return answer->exit_status;
  }
  const Options& options = std::get<Options>(parsed);
  const Log log("filed", options.log_level);
  try {
    run(options, log);
    return 0;
  } catch (const std::exception& error) {
    log.error("{}", error.what());
    return 1;
  }
}
