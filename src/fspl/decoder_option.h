// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "fspl/command_table.h"
#include "fspl/progress.h"
#include "spool/decoder.h"
#include "spool/scan.h"

namespace bobbin::fspl {

inline std::optional<Decoder> decoder_option(const Arguments& arguments) {
  const auto& command = arguments.value("decoder");
  return command ? std::optional<Decoder>(*command) : std::nullopt;
}

// Nothing where nothing would be shown, so that a scan need not count for it.
inline ScanProgress progress_of(Progress& progress) {
  if (!progress.is_shown_at_all()) return {};
  return [&progress](std::size_t done) { progress.show(done); };
}

}  // namespace bobbin::fspl
