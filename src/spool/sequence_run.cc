// SPDX-License-Identifier: Apache-2.0
#include "spool/sequence_run.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "base/durable_file.h"
#include "base/fail.h"
#include "spool/layout.h"
#include "spool/sequence_temp.h"
#include "spool/sequence_text.h"

namespace bobbin {

void SequenceRun::prepare() {
  if (spare_.is_open() || !can_exchange_) return;
  spare_ = create_sequence_temp(file_.directory_.get(), file_.temp_, file_.path_);
  write_spare(file_.next_);
  sync_file(spare_.get(), shown(file_.path_ + kTempSuffix));
  file_.sync_name();
  name_unsynced_ = false;
}

void SequenceRun::write_spare(std::uint64_t next) {
  // One write within one block: numbers only grow, so nothing of a longer one is left behind.
  const std::string text = sequence_text(next);
  const auto size = static_cast<ssize_t>(text.size());
  ssize_t written = 0;
  while (written < size) {
    const ssize_t step = ::pwrite(spare_.get(), text.data() + written,
                                  static_cast<std::size_t>(size - written), written);
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) fail_errno(errno, "cannot write " + shown(file_.path_ + kTempSuffix));
    written += step;
  }
}

// Lets nextseq name what the spare holds.
void SequenceRun::swap_names() {
  const int directory = file_.directory_.get();
  if (current_.is_open()) {
    while (::renameat2(directory, file_.temp_.c_str(), directory, file_.name_.c_str(),
                       RENAME_EXCHANGE) != 0) {
      if (errno == EINTR) continue;
      if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
        fail_errno(errno, "cannot exchange " + shown(file_.path_ + kTempSuffix) + " and " +
                              shown(file_.path_));
      }
      can_exchange_ = false;
      break;
    }
    if (can_exchange_) {
      std::swap(current_, spare_);
      return;
    }
  }
  rename_in(directory, file_.temp_, file_.name_, shown(file_.path_));
  current_ = std::move(spare_);
  spare_ = Fd();
  name_unsynced_ = true;
}

void SequenceRun::advance(std::uint64_t next, bool more_follow) {
  if (!spare_.is_open()) {
    // A single job, or a file system without exchange: one new file. Its name must be durable
    // before the next job.
    file_.store(next);
    name_unsynced_ = true;
    current_.reset();
    if (more_follow) {
      file_.sync_name();
      name_unsynced_ = false;
    }
    return;
  }
  write_spare(next);
  sync_file(spare_.get(), shown(file_.path_ + kTempSuffix));
  swap_names();
  file_.next_ = next;
}

void SequenceRun::publish(std::uint64_t next) {
  if (!spare_.is_open()) {
    advance(next, true);
    return;
  }
  write_spare(next);
  swap_names();
  file_.next_ = next;
}

void SequenceRun::sync() {
  if (current_.is_open()) sync_file(current_.get(), shown(file_.path_));
}

void SequenceRun::finish() {
  if (spare_.is_open()) {
    spare_.reset();
    if (::unlinkat(file_.directory_.get(), file_.temp_.c_str(), 0) != 0 && errno != ENOENT) {
      fail_errno(errno, "cannot remove " + shown(file_.path_ + kTempSuffix));
    }
    name_unsynced_ = true;
  }
  current_.reset();
  if (name_unsynced_) file_.sync_name();
  name_unsynced_ = false;
}

}  // namespace bobbin
