// SPDX-License-Identifier: Apache-2.0
#include "slot/slot_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fail.h"
#include "base/file_lock.h"
#include "base/io.h"
#include "exec/process_tree.h"
#include "exec/service.h"
#include "slot/channel.h"
#include "slot/leftovers.h"
#include "slot/message.h"
#include "slot/slot_files.h"
#include "slot/submitter.h"

namespace bobbin {
namespace {

// Reports hold a record and little else.
constexpr std::size_t kReportBuffer = 2 * kMaxInlineLog;
// An idle slot ends within a fraction of it.
constexpr int kExitWaitMs = 200;

// A lock that lives as long as the slot: the descriptor goes to it and nowhere else.
Fd make_record_file(const std::string& path) {
  const std::string what = "cannot create " + shown(path);
  Fd file = open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, what);
  try {
    reserve_records(file.get(), what);
    return lock_file(std::move(file), LockWait::never, path);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

Fd make_capture(const std::string& path) {
  // One that is still there is wanted by nobody but those who have it open.
  ::unlink(path.c_str());
  return open_at(AT_FDCWD, path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0600,
                 "cannot create " + shown(path));
}

// Too much for a message: by a file without a name.
Fd unnamed_file(std::string_view bytes) {
  Fd file(::memfd_create("content", MFD_CLOEXEC));
  if (!file.is_open()) fail_errno(errno, "cannot pass on the content of a job");
  write_all(file.get(), bytes, "the content of a job");
  return file;
}

}  // namespace

struct SlotProcess::State {
  SlotSetup setup;
  unsigned id = 0;
  Process process{};  // of the slot
  Fd handle;          // pidfd
  Fd socket;
  std::string buffer = std::string(kReportBuffer, '\0');

  std::shared_ptr<const Fd> capture;
  bool is_capture_given = false;            // the slot has it
  std::shared_ptr<const Fd> log = nullptr;  // of the job given last

  std::uint64_t last_sequence = 0;
  std::uint64_t recorded = 0;
  bool is_running = false;
  bool is_log_captured = false;  // of the job that runs
  bool is_retired = false;
  bool is_dead = false;

  std::string record_path() const { return bobbin::record_path(setup.slots_directory, id); }
  std::string capture_path() const { return bobbin::capture_path(setup.slots_directory, id); }
  ~State();
};

SlotProcess::State::~State() {
  socket.reset();
  if (process.pid > 0) {
    pollfd waiting{handle.get(), POLLIN, 0};
    if (!is_running) ::poll(&waiting, 1, kExitWaitMs);
    ::waitpid(process.pid, nullptr, WNOHANG);
  }
  if (is_running || recorded < last_sequence) return;
  // In this order nothing is left that no next start would find.
  if (::unlink(capture_path().c_str()) != 0 && errno != ENOENT) return;
  ::unlink(record_path().c_str());
}

SlotProcess::SlotProcess(const SlotSetup& setup, unsigned id) {
  // First, as it fails if the files are another slot's; from then on they are the state's.
  const Fd record = make_record_file(bobbin::record_path(setup.slots_directory, id));
  state_ = std::make_unique<State>();
  State& state = *state_;
  state.setup = setup;
  state.id = id;
  state.capture = std::make_shared<const Fd>(make_capture(state.capture_path()));
  auto [ours, theirs] = make_channel();
  Environment environment = setup.environment;
  environment.set("FILED_QUEUE", setup.queue);
  Service service{.program = setup.program,
                  .environment = &environment,
                  .descriptors = {theirs.get(), record.get()}};
  if (setup.sandbox >= 0) service.descriptors.push_back(setup.sandbox);
  const std::uint64_t started = ticks_now();
  const pid_t pid = start_service(service);
  state.process = {.pid = pid, .started = started};
  state.handle = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  state.socket = std::move(ours);
  if (setup.directory.empty() && !setup.run_as_submitter) {
    state.setup.directory = look_up_submitter(::geteuid(), ::getegid()).home;
  }
}

SlotProcess::SlotProcess(SlotProcess&&) noexcept = default;
SlotProcess& SlotProcess::operator=(SlotProcess&&) noexcept = default;
SlotProcess::~SlotProcess() = default;

unsigned SlotProcess::id() const noexcept { return state_->id; }
pid_t SlotProcess::pid() const noexcept { return state_->process.pid; }
int SlotProcess::fd() const noexcept { return state_->socket.get(); }
std::uint64_t SlotProcess::last_sequence() const noexcept { return state_->last_sequence; }
std::shared_ptr<const Fd> SlotProcess::log() const { return state_->log; }

bool SlotProcess::is_idle() const noexcept { return !state_->is_running && !state_->is_dead; }

bool SlotProcess::can_run() const noexcept {
  return is_idle() && !state_->is_retired && state_->last_sequence - state_->recorded < kRecords;
}

void SlotProcess::recorded(std::uint64_t sequence) noexcept {
  state_->recorded = std::max(state_->recorded, std::min(sequence, state_->last_sequence));
}

RunRequest SlotProcess::request_for(SlotJob job) const {
  const State& state = *state_;
  RunRequest request;
  request.sequence = state.last_sequence + 1;
  request.number = job.number;
  request.attempt = job.attempt;
  request.name = std::move(job.name);
  request.directory = state.setup.directory;
  request.is_sandboxed = state.setup.sandbox >= 0;
  request.timeout = job.timeout;
  request.grace = job.grace;
  request.max_output = job.max_output;
  request.content_file = std::move(job.content_file);
  request.log_file = std::move(job.log_file);
  if (!request.content_file.is_open() && job.content.size() > kMaxInlineContent) {
    request.content_file = unnamed_file(job.content);
  } else if (!request.content_file.is_open()) {
    request.content = std::move(job.content);
  }
  if (job.log.size() > kMaxEarlierLog) {
    fail(ErrorCode::invalid, "the earlier log of a job is too large for a message");
  }
  if (!request.log_file.is_open()) request.log = std::move(job.log);
  if (state.setup.run_as_submitter) {
    Submitter submitter = look_up_submitter(job.uid, job.gid);
    if (!submitter.is_known)
      throw Error(ErrorCode::not_found, fmt::format("there is no user {}", job.uid), EINVAL);
    request.changes_identity = true;
    request.uid = submitter.identity.uid;
    request.gid = submitter.identity.gid;
    request.groups = std::move(submitter.identity.groups);
    request.environment = std::move(submitter.environment);
    if (request.directory.empty()) request.directory = submitter.home;
  }
  return request;
}

void SlotProcess::run(SlotJob job) {
  State& state = *state_;
  if (!can_run()) fail(ErrorCode::busy, "a job was given to a slot that has one");
  RunRequest request = request_for(std::move(job));
  if (!state.capture) {
    state.capture = std::make_shared<const Fd>(make_capture(state.capture_path()));
    state.is_capture_given = false;
  }
  if (!state.is_capture_given) {
    request.capture = Fd(::fcntl(state.capture->get(), F_DUPFD_CLOEXEC, 0));
    if (!request.capture.is_open()) fail_errno(errno, "cannot pass on a capture file");
  }
  const int error = send_message(state.socket.get(), encode(request), descriptors_of(request));
  if (error != 0) fail_errno(error, "cannot give a job to its slot");
  state.is_capture_given = true;
  state.last_sequence = request.sequence;
  state.is_running = true;
  state.is_log_captured = !request.log_file.is_open();
  state.log = state.is_log_captured ? state.capture
                                    : std::make_shared<const Fd>(std::move(request.log_file));
}

void SlotProcess::kill(JobNumber number, std::uint32_t attempt, AttemptEnd reason) {
  // If it can't be sent, the slot is gone, which receive() tells.
  send_message(state_->socket.get(), encode(KillRequest{number, attempt, reason}));
}

std::optional<SlotEvent> SlotProcess::receive() {
  State& state = *state_;
  if (state.is_dead) return std::nullopt;
  const auto reception = receive_message(state.socket.get(), state.buffer);
  if (!reception) return std::nullopt;
  const auto* message = std::get_if<ReceivedMessage>(&*reception);
  auto report = message != nullptr ? decode_report(message->bytes) : std::nullopt;
  if (!report) return note_death();
  if (const auto* started = std::get_if<StartReport>(&*report)) {
    return SlotStarted{started->number, started->attempt, started->pid};
  }
  EndReport& ended = std::get<EndReport>(*report);
  state.is_retired = ended.slot_retires;
  return note_end(std::move(ended.record));
}

SlotEvent SlotProcess::note_end(AttemptRecord record) {
  State& state = *state_;
  state.is_running = false;
  state.log.reset();
  SlotEnded event{std::move(record), {}};
  if (event.record.log_place == LogPlace::in_capture) {
    event.log_path = state.capture_path();
    state.capture.reset();  // the next job has a new one
  } else if (state.setup.run_as_submitter) {
    state.capture.reset();  // its user may have kept the descriptor; the next job is another's
  }
  return event;
}

SlotEvent SlotProcess::note_death() {
  State& state = *state_;
  if (state.is_running) {
    const Fd file = try_open_at(AT_FDCWD, state.record_path(), O_RDONLY | O_NOFOLLOW);
    if (file.is_open()) {
      for (AttemptRecord& record : read_records(file.get())) {
        if (record.sequence == state.last_sequence && record.end)
          return note_end(std::move(record));
      }
    }
  }
  SlotDied event;
  if (state.is_running && state.is_log_captured) event.log_path = state.capture_path();
  state.is_dead = true;
  state.is_running = false;
  state.log.reset();
  return event;
}

void SlotProcess::sweep(const std::vector<pid_t>& other_slots) noexcept {
  const Process& slot = state_->process;
  const ProcessTree tree(slot);
  kill_leftovers([&] { return tree.living(other_slots); });
  reap_leftovers(slot.started, other_slots);
}

}  // namespace bobbin
