// SPDX-License-Identifier: Apache-2.0
#include "mount/mount.h"

#include <linux/fuse.h>
#include <pthread.h>
#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/fail.h"
#include "mount/attributes.h"
#include "mount/mountpoint.h"
#include "mount/operations.h"
#include "mount/service.h"

namespace bobbin {
namespace {

struct EndSession {
  void operator()(fuse_session* session) const noexcept {
    fuse_session_unmount(session);  // if it is mounted
    fuse_session_destroy(session);
  }
};
using FuseSession = std::unique_ptr<fuse_session, EndSession>;

// libfuse has one place for this in a process, and gives it nothing of ours.
void log_of_libfuse(fuse_log_level level, const char* format, va_list arguments) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  std::string_view line = text;
  while (line.ends_with('\n')) line.remove_suffix(1);
  Log("filed", LogLevel::info)
      .write(level <= FUSE_LOG_ERR       ? LogLevel::error
             : level == FUSE_LOG_WARNING ? LogLevel::warn
                                         : LogLevel::debug,
             line);
}

void initialise(void* /*service*/, fuse_conn_info* connection) {
  connection->max_write = kMaxTransfer;
  // Small transfers are cheaper without pipes. Nothing is cached, so there is nothing to write
  // back.
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
                                             FUSE_CAP_SPLICE_MOVE | FUSE_CAP_WRITEBACK_CACHE);
}

FuseSession make_session(Service& service, const MountOptions& options) {
  const std::string mount_options =
      std::string("fsname=filed,default_permissions") + (options.allow_other ? ",allow_other" : "");
  const char* words[] = {"filed", "-o", mount_options.c_str()};
  // libfuse copies the words before it changes them.
  fuse_args arguments =
      FUSE_ARGS_INIT(static_cast<int>(std::size(words)), const_cast<char**>(words));
  const fuse_lowlevel_ops operations = all_operations();
  fuse_set_log_func(log_of_libfuse);
  FuseSession session(fuse_session_new(&arguments, &operations, sizeof operations, &service));
  fuse_opt_free_args(&arguments);
  if (!session) fail(ErrorCode::io, "cannot prepare the mount: libfuse refused it");
  return session;
}

std::string whole_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> whole(::realpath(path.c_str(), nullptr),
                                                          &std::free);
  if (!whole) fail_errno(errno, "cannot use mountpoint " + shown(path));
  return whole.get();
}

// While it lives, new threads of this one get no signals: those are for who waits for them.
class NoSignals {
 public:
  NoSignals() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;
  ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

fuse_lowlevel_ops all_operations() noexcept {
  fuse_lowlevel_ops operations{};
  operations.init = initialise;
  add_attribute_operations(operations);
  add_directory_operations(operations);
  add_name_operations(operations);
  add_file_operations(operations);
  add_xattr_operations(operations);
  return operations;
}

struct Mount::Session {
  Session(Store& store, EventLog& event_log, const MountOptions& mount_options, const Log& log)
      : options(mount_options), notifier(event_log), service{store, log, notifier} {
    check_mountpoint(options.mountpoint, options.allow_other);
    options.mountpoint = whole_path(options.mountpoint);
    fuse = make_session(service, options);
    if (fuse_session_mount(fuse.get(), options.mountpoint.c_str()) != 0)
      fail(ErrorCode::io,
           "cannot mount at " + shown(options.mountpoint) + "; the line before says why");
    ::sem_init(&turn, 0, 1);
  }
  ~Session() {
    end();
    ::sem_destroy(&turn);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool may_wait(const fuse_buf& buffer) const noexcept;
  void serve_requests(fuse_buf& buffer);
  void finish() noexcept;
  void end() noexcept;

  MountOptions options;
  Notifier notifier;
  Service service;
  FuseSession fuse;
  sem_t turn;  // to read a request; a thread can be cancelled while it waits for it
  std::atomic<bool> finished{false};  // asked to stop, or unmounted
};

// Larger ones may be on their way to a file.
constexpr std::size_t kSmallWrite = 4096;

bool Mount::Session::may_wait(const fuse_buf& buffer) const noexcept {
  const auto* header = static_cast<const fuse_in_header*>(buffer.mem);
  switch (header->opcode) {
    case FUSE_LOOKUP:
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_GETATTR:
    case FUSE_CREATE:
    case FUSE_RELEASE:
    case FUSE_OPENDIR:
    case FUSE_READDIR:
    case FUSE_READDIRPLUS:
    case FUSE_RELEASEDIR: return false;
    case FUSE_WRITE: return buffer.size > kSmallWrite;
    case FUSE_FLUSH:
    case FUSE_SETATTR:
    case FUSE_UNLINK: return options.saving_waits;
    default: return true;
  }
}

// The body of a thread, which can be cancelled while it waits for its turn or for a request, and at
// no other time. One thread reads requests and answers them itself; before one that may wait it
// lets the next thread read. If all took turns, each request would wake another thread.
void Mount::Session::serve_requests(fuse_buf& buffer) {
  int ignored = 0;
  bool has_turn = false;
  while (fuse_session_exited(fuse.get()) == 0) {
    ::pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &ignored);
    while (!has_turn) has_turn = ::sem_wait(&turn) == 0;
    const int received = fuse_session_receive_buf(fuse.get(), &buffer);
    ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &ignored);
    if (received == -EINTR) continue;
    if (received <= 0) break;
    if (may_wait(buffer)) {
      has_turn = false;
      ::sem_post(&turn);
    }
    fuse_session_process_buf(fuse.get(), &buffer);
  }
  finish();
}

void Mount::Session::finish() noexcept {
  finished = true;
  finished.notify_all();
}

// No thread serves any more.
void Mount::Session::end() noexcept {
  notifier.stop();
  service.in_flight.wait_until_none();
  if (fuse) fuse_session_unmount(fuse.get());
}

Mount::Mount(Store& store, EventLog& events, const MountOptions& options, const Log& log)
    : session_(std::make_unique<Session>(store, events, options, log)) {}

Mount::~Mount() = default;

void Mount::run() {
  Session& session = *session_;
  std::vector<fuse_buf> buffers(session.options.threads);
  std::vector<std::thread> threads;
  {
    const NoSignals scope;
    session.notifier.start(session.fuse.get());
    for (fuse_buf& buffer : buffers)
      threads.emplace_back([&session, &buffer] { session.serve_requests(buffer); });
  }
  session.finished.wait(false);
  // While requests are still served.
  session.notifier.stop();
  fuse_session_exit(session.fuse.get());
  for (std::thread& thread : threads) ::pthread_cancel(thread.native_handle());
  for (std::thread& thread : threads) thread.join();
  for (const fuse_buf& buffer : buffers) std::free(buffer.mem);
  session.end();
}

void Mount::stop() noexcept { session_->finish(); }

}  // namespace bobbin
