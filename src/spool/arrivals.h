// SPDX-License-Identifier: Apache-2.0
// Watching jobs/ for new jobs. inotify is a hint that saves time: it may overflow, and it sees
// nothing of what other hosts do on a network file system; then, and where it can't be had, a
// rescan is the truth.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "spool/spool_directory.h"

namespace bobbin {

// Whether the kernel is likely to report every arrival: false for network and user-space file
// systems.
bool reports_arrivals(const SpoolDirectory& spool) noexcept;

class Arrivals {
 public:
  // Watches from here on; what arrives between this and a scan is reported, and may be in the scan
  // as well.
  explicit Arrivals(const SpoolDirectory& spool);

  // Readable when there is something to take; -1 where the kernel can't watch.
  int fd() const noexcept { return inotify_.get(); }

  // Names that may have become jobs, each once; nullopt: too much has happened, scan everything.
  // Does not wait.
  std::optional<std::vector<std::string>> take();

 private:
  Fd inotify_;
};

}  // namespace bobbin
