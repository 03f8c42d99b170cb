// SPDX-License-Identifier: Apache-2.0
#include "fspl/processing/gap_report.h"

#include <fmt/format.h>

#include "base/fail.h"
#include "packet/creation_time.h"
#include "spool/status.h"

namespace bobbin::fspl {

std::string gap_report(const SpoolDirectory& spool, std::uint64_t missing, std::uint64_t waiting,
                       std::span<const ScannedJob> first, std::size_t unreadable_files) {
  std::string text =
      fmt::format("the queue {} waits for job {} since {}; {} {} behind it, the first is {}",
                  shown(spool.path()), missing, local_text({stalled_since(spool, first), 0}),
                  waiting, waiting == 1 ? "packet waits" : "packets wait", first.front().sequence);
  if (unreadable_files > 0) {
    text += fmt::format("; {} {} in jobs/ can't be read, see queue-status", unreadable_files,
                        unreadable_files == 1 ? "file" : "files");
  }
  return text;
}

}  // namespace bobbin::fspl
