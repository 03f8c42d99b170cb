// SPDX-License-Identifier: Apache-2.0
#include "fspl/processing/processor.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/durable_file.h"
#include "base/fail.h"
#include "fspl/processing/gap_report.h"
#include "spool/duplicates.h"
#include "spool/quarantine.h"

namespace bobbin::fspl {
namespace {

constexpr int kFailed = 1;
constexpr std::size_t kArrivalsAsked = 1000;
constexpr auto kRescanWhereNothingIsReported = std::chrono::seconds(10);

}  // namespace

Processor::Processor(const SpoolDirectory& spool, SequenceFile& sequence, const Decoder* decoder,
                     const ProcessOptions& options, Supervisor& supervisor, const Log& log)
    : spool_(spool),
      sequence_(sequence),
      decoder_(decoder),
      options_(options),
      supervisor_(supervisor),
      log_(log),
      run_(sequence),
      attempts_(spool, decoder, options, supervisor, log),
      backlog_(options.order),
      progress_("ran", "jobs") {}

int Processor::run() {
  try {
    const int status = process();
    settle_completion();
    run_.finish();
    keep_index();
    return status;
  } catch (...) {
    if (guard_) remove_index(spool_);
    // The reason is what the user must hear; what is left of the run's files, the next one
    // understands.
    try {
      settle_completion();
      run_.finish();
    } catch (const Error&) {
    }
    throw;
  }
}

int Processor::process() {
  if (options_.follow) arrivals_.emplace(spool_);
  const bool index_may_help = options_.order == Order::sequence && decoder_ == nullptr &&
                              !options_.follow && options_.on_duplicate == OnDuplicate::error;
  if (index_may_help) guard_.emplace(spool_);
  load();
  for (;;) {
    const auto job = limit_reached() ? std::nullopt : backlog_.next(sequence_.next());
    if (job) {
      switch (handle(*job)) {
        case Next::go_on: break;
        case Next::stop_failed: return kFailed;
        case Next::stop_asked: return 0;
      }
      progress_.show(handled_);
      continue;
    }
    settle_completion();
    progress_.clear();
    if (!limit_reached()) report_gap();
    if (!options_.follow || limit_reached() || !await_arrivals()) return 0;
  }
}

// Once a missing number, however many packets arrive behind it.
void Processor::report_gap() {
  const std::uint64_t next = sequence_.next();
  if (reported_gap_ == next) return;
  const std::uint64_t waiting = backlog_.count_behind(next);
  if (waiting == 0) return;
  reported_gap_ = next;
  log_.info("{}", gap_report(spool_, next, waiting, backlog_.first_behind(next, kArrivalsAsked),
                             unreadable_));
}

void Processor::load() {
  if (guard_) {
    if (auto index = JobIndex::open(spool_)) {
      log_.debug("{}: the index is up to date", shown(spool_.path()));
      backlog_.assign(std::move(*index));
      from_index_ = true;
      return;
    }
  }
  Progress progress("reading", "packets");
  ScanProgress show;
  if (progress.is_shown_at_all()) show = [&](std::size_t done) { progress.show(done); };
  Scan scan = scan_jobs(spool_, decoder_, show);
  for (const UnreadableFile& bad : scan.unreadable) {
    // What is no packet is left out quietly, as ever; a packet may be hidden behind an error of the
    // disk.
    log_.write(bad.error != 0 ? LogLevel::warn : LogLevel::debug,
               fmt::format("{} is left out: {}", spool_.shown_job(bad.name), bad.reason));
  }
  unreadable_ = scan.unreadable.size();
  insert(std::move(scan.jobs));
}

void Processor::insert(std::vector<ScannedJob> scanned) {
  if (options_.order == Order::sequence) {
    if (options_.on_duplicate == OnDuplicate::absorb) {
      absorb_duplicates(spool_, scanned, sequence_.next(), log_);
    } else {
      require_unique(spool_, scanned);
    }
  }
  std::erase_if(scanned, [&](const ScannedJob& job) { return kept_.contains(job.name); });
  backlog_.assign(std::move(scanned));
}

// A job that came while we run.
void Processor::take_in(ScannedJob job) {
  if (options_.order == Order::sequence && job.sequence < sequence_.next()) return;
  if (kept_.contains(job.name)) return;
  const ScannedJob* other = backlog_.add(job);
  if (other == nullptr) return;
  std::vector<ScannedJob> both{*other, std::move(job)};
  if (options_.on_duplicate == OnDuplicate::absorb) {
    backlog_.remove(both[0]);
    absorb_duplicates(spool_, both, sequence_.next(), log_);
    backlog_.add(both[0]);
    return;
  }
  // The one that was known may have gone, as when a sync tool renames.
  if (::faccessat(spool_.jobs(), both[0].name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
    backlog_.remove(both[0]);
    backlog_.add(both[1]);
    return;
  }
  require_unique(spool_, both);
}

std::optional<Deadline> Processor::rescan_deadline() const {
  if (options_.rescan) return Deadline(std::chrono::steady_clock::now() + *options_.rescan);
  if (arrivals_->fd() >= 0 && reports_arrivals(spool_)) return std::nullopt;
  return Deadline(std::chrono::steady_clock::now() + kRescanWhereNothingIsReported);
}

// False when this program was told to stop.
bool Processor::await_arrivals() {
  log_.debug("waiting for job {}", sequence_.next());
  const Deadline deadline = rescan_deadline().value_or(Deadline());
  switch (supervisor_.wait_readable(arrivals_->fd(), deadline)) {
    case Readiness::stop: return false;
    case Readiness::timed_out: load(); return true;
    case Readiness::readable: break;
  }
  const auto names = arrivals_->take();
  if (!names) {
    load();
    return true;
  }
  for (const std::string& name : *names) {
    auto job = scan_job(spool_, name, EntryType::unknown, decoder_);
    if (auto* good = std::get_if<ScannedJob>(&job)) {
      take_in(std::move(*good));
    } else {
      log_.debug("{} is left out: {}", spool_.shown_job(name), std::get<Unreadable>(job).reason);
    }
  }
  return true;
}

bool Processor::more_may_follow(const ScannedJob& job) const {
  if (options_.follow) return true;
  return handled_ + 1 < options_.max_jobs && backlog_.next(number_after(job.sequence)).has_value();
}

// For the next run, if it would have much to read.
void Processor::keep_index() noexcept {
  if (!guard_ || !guard_->is_watching()) return;
  const std::uint64_t next = sequence_.next();
  const std::uint64_t left = backlog_.count_behind(next) + (backlog_.next(next) ? 1 : 0);
  if (left < kIndexWorthwhile) {
    if (from_index_) remove_index(spool_);
  } else if (from_index_) {
    renew_index(spool_, *guard_);
  } else if (unreadable_ == 0) {
    std::vector<ScannedJob> jobs = backlog_.first_behind(next, left);
    if (const auto head = backlog_.next(next)) jobs.insert(jobs.begin(), *head);
    save_index(spool_, jobs, *guard_);
  }
}

Processor::Next Processor::handle(const ScannedJob& job) {
  if (supervisor_.stop_requested()) return Next::stop_asked;
  const bool in_sequence = options_.order == Order::sequence;
  if (in_sequence)
    static_cast<void>(number_after(job.sequence));  // refuses the last number there is
  const auto while_running = [&] {
    settle_completion();
    if (in_sequence && more_may_follow(job)) run_.prepare();
  };
  JobEnd end = Failed{};
  try {
    end = attempts_.run(job, while_running);
  } catch (const Error& error) {
    // While following, a packet that somebody took away is a gap like any other.
    if (!options_.follow || error.code() != ErrorCode::not_found || error.system_errno() != 0)
      throw;
    log_.warn("{}", error.what());
    backlog_.remove(job);
    return Next::go_on;
  }
  if (const auto* unproven = std::get_if<Unproven>(&end)) return after_unproven(job, *unproven);
  if (std::holds_alternative<Stopped>(end)) return Next::stop_asked;
  ++handled_;
  const bool failed = std::holds_alternative<Failed>(end);
  if (failed && options_.on_error == OnError::retry) {
    log_.error(
        "stopped at job {}; it runs again next time, and nothing runs before it has succeeded",
        job.sequence);
    return Next::stop_failed;
  }
  backlog_.remove(job);
  complete(job, !options_.never_delete && !(failed && options_.on_error == OnError::leave));
  return Next::go_on;
}

Processor::Next Processor::after_unproven(const ScannedJob& job, const Unproven& why) {
  if (options_.on_invalid == OnInvalid::stop) {
    log_.error("job {} ({}) does not run: {}", job.sequence, spool_.shown_job(job.name),
               why.reason);
    return Next::stop_failed;
  }
  const std::string where = quarantine(spool_, job.name, why.reason);
  log_.error("job {}: moved {} to {}: {}; the stream waits for a good copy", job.sequence,
             shown(job.name), shown(where), why.reason);
  backlog_.remove(job);
  if (from_index_) {
    remove_index(spool_);
    guard_.reset();  // nor is it renewed: it names a job that is gone
  }
  return Next::go_on;
}

void Processor::complete(const ScannedJob& job, bool remove_it) {
  settle_completion();
  if (options_.order == Order::timestamp) {
    complete_by_time(job, remove_it);
    return;
  }
  const std::uint64_t next = number_after(job.sequence);
  if (options_.overlap_sync && more_may_follow(job)) {
    run_.publish(next);
    completion_unsettled_ = true;
    if (remove_it) file_to_remove_ = job.name;
    return;
  }
  // A job must not be gone and due: its file goes only when the number is sure to be found.
  run_.advance(next, remove_it || more_may_follow(job));
  if (remove_it) remove_file(job.name);
}

// In timestamp order the removal of the file is all that says that a job is done.
void Processor::complete_by_time(const ScannedJob& job, bool remove_it) {
  if (!remove_it) {
    if (options_.follow) kept_.insert(job.name);
    return;
  }
  remove_file(job.name);
  completion_unsettled_ = true;
  if (!options_.overlap_sync) settle_completion();
}

// The file goes only when the number that passed it is on the disk: a job must not be gone and due.
void Processor::settle_completion() {
  if (!completion_unsettled_) return;
  completion_unsettled_ = false;
  if (options_.order == Order::timestamp) {
    sync_directory(spool_.jobs(), shown(spool_.path() + "/jobs"));
    return;
  }
  run_.sync();
  if (file_to_remove_) remove_file(*std::exchange(file_to_remove_, std::nullopt));
}

void Processor::remove_file(const std::string& name) {
  while (::unlinkat(spool_.jobs(), name.c_str(), 0) != 0) {
    if (errno == EINTR) continue;
    fail_errno(errno, "the job is done, but cannot remove its file " + spool_.shown_job(name),
               "it will not run again; queue-gc removes it");
  }
}

}  // namespace bobbin::fspl
