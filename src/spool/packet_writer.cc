// SPDX-License-Identifier: Apache-2.0
#include "spool/packet_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/durable_file.h"
#include "base/fail.h"
#include "base/io.h"
#include "spool/layout.h"

namespace bobbin {

PacketWriter::PacketWriter(const SpoolDirectory& spool) : spool_(spool), name_(new_job_name()) {
  file_ = open_at(spool.jobs(), temp_name(name_), O_WRONLY | O_CREAT | O_EXCL, 0666,
                  "cannot create " + what());
}

std::string PacketWriter::what() const { return spool_.shown_job(temp_name(name_)); }

void PacketWriter::sync() {
  if (synced_) return;
  sync_file(file_.get(), what());
  synced_ = true;
}

void PacketWriter::publish() {
  sync();
  close_checked(std::move(file_), what());
  rename_in(spool_.jobs(), temp_name(name_), name_, spool_.shown_job(name_));
  sync_directory(spool_.jobs(), shown(spool_.path() + "/jobs"));
}

void PacketWriter::discard() noexcept {
  file_.reset();
  ::unlinkat(spool_.jobs(), temp_name(name_).c_str(), 0);
}

}  // namespace bobbin
