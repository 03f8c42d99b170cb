// SPDX-License-Identifier: Apache-2.0
#include "fspl/processing/gap_report.h"

#include <fmt/format.h>

#include "base/fail.h"
#include "packet/creation_time.h"
#include "spool/status.h"

namespace bobbin::fspl {

std::string gap_report(const SpoolDirectory& spool, std::uint64_t missing,
                       const std::vector<const ScannedJob*>& waiting,
                       std::size_t unreadable_files) {
  std::string text = fmt::format(
      "the queue {} waits for job {} since {}; {} {} behind it, the first is {}",
      shown(spool.path()), missing, local_text({stalled_since(spool, waiting), 0}), waiting.size(),
      waiting.size() == 1 ? "packet waits" : "packets wait", waiting.front()->sequence);
  if (unreadable_files > 0) {
    text += fmt::format("; {} {} in jobs/ can't be read, see queue-status", unreadable_files,
                        unreadable_files == 1 ? "file" : "files");
  }
  return text;
}

}  // namespace bobbin::fspl
