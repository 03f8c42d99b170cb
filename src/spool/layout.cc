// SPDX-License-Identifier: Apache-2.0
#include "spool/layout.h"

#include "base/uuid.h"

namespace bobbin {
namespace {

constexpr std::string_view kJobPrefix = "fspl-";
constexpr std::string_view kJobSuffix = ".fspl";
constexpr std::string_view kTempPrefix = "tmp-fspl-";
constexpr std::string_view kTempEnd = ".fspl.tmp";

}  // namespace

std::string new_job_name() {
  std::string name(kJobPrefix);
  name += random_uuid();
  name += kJobSuffix;
  return name;
}

bool is_job_name(std::string_view name) noexcept {
  return name.size() >= kJobPrefix.size() + kJobSuffix.size() && name.starts_with(kJobPrefix) &&
         name.ends_with(kJobSuffix);
}

std::string temp_name(std::string_view job_name) {
  std::string name = "tmp-";
  name += job_name;
  name += ".tmp";
  return name;
}

bool is_temp_name(std::string_view name) noexcept {
  return name.size() >= kTempPrefix.size() + kTempEnd.size() && name.starts_with(kTempPrefix) &&
         name.ends_with(kTempEnd);
}

bool is_conflict_copy(std::string_view name) noexcept {
  if (!name.starts_with(kJobPrefix)) return false;
  return name.find(".sync-conflict-") != name.npos || name.find("conflicted copy") != name.npos ||
         name.ends_with("~") || name.find("-conflict.") != name.npos;
}

}  // namespace bobbin
