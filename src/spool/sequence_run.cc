// SPDX-License-Identifier: Apache-2.0
#include "spool/sequence_run.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "base/durable_file.h"
#include "base/fail.h"
#include "base/io.h"
#include "spool/layout.h"
#include "spool/sequence_temp.h"
#include "spool/sequence_text.h"

namespace bobbin {

void SequenceRun::prepare() {
  if (is_prepared() || !can_exchange_) return;
  current_ = make_file();
  rename_in(file_.directory_.get(), file_.temp_, file_.name_, file_.shown_path_);
  spare_ = make_file();
  file_.sync_name();
  name_unsynced_ = false;
}

// A file named nextseq.temp that holds the number of now.
Fd SequenceRun::make_file() {
  Fd file = create_sequence_temp(file_.directory_.get(), file_.temp_, file_.path_);
  write_all(file.get(), sequence_text_in_run(file_.next_), file_.shown_temp_);
  sync_file(file.get(), file_.shown_temp_);
  return file;
}

void SequenceRun::write_spare(std::uint64_t next) {
  // One write within one block: numbers only grow, so nothing of a longer text is left behind.
  const std::string text = sequence_text_in_run(next);
  const auto size = static_cast<ssize_t>(text.size());
  ssize_t written = 0;
  while (written < size) {
    const ssize_t step = ::pwrite(spare_.get(), text.data() + written,
                                  static_cast<std::size_t>(size - written), written);
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) fail_errno(errno, "cannot write " + file_.shown_temp_);
    written += step;
  }
}

void SequenceRun::swap_names() {
  const int directory = file_.directory_.get();
  const char* temp = file_.temp_.c_str();
  const char* name = file_.name_.c_str();
  while (::renameat2(directory, temp, directory, name, RENAME_EXCHANGE) != 0) {
    if (errno == EINTR) continue;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
      fail_errno(errno, "cannot exchange " + file_.shown_temp_ + " and " + file_.shown_path_);
    }
    can_exchange_ = false;
    rename_in(directory, file_.temp_, file_.name_, file_.shown_path_);
    file_.sync_name();
    current_.reset();
    spare_.reset();
    return;
  }
  std::swap(current_, spare_);
}

void SequenceRun::advance(std::uint64_t next, bool durable_name) {
  if (!is_prepared()) {
    // A single job, or a file system without exchange: one new file.
    file_.store(next);
    if (durable_name) file_.sync_name();
    name_unsynced_ = !durable_name;
    return;
  }
  broken_ = true;
  write_spare(next);
  sync_file(spare_.get(), file_.shown_temp_);
  swap_names();
  file_.next_ = next;
  broken_ = false;
}

void SequenceRun::publish(std::uint64_t next) {
  if (!is_prepared()) {
    advance(next, true);
    return;
  }
  broken_ = true;
  write_spare(next);
  swap_names();
  file_.next_ = next;
}

void SequenceRun::sync() {
  if (current_.is_open()) sync_file(current_.get(), file_.shown_path_);
  broken_ = false;
}

void SequenceRun::finish() {
  if (broken_) return;
  if (is_prepared()) {
    current_.reset();
    spare_.reset();
    file_.store(file_.next_);
    name_unsynced_ = true;
  }
  if (name_unsynced_) file_.sync_name();
  name_unsynced_ = false;
}

}  // namespace bobbin
