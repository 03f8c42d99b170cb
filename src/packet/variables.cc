// SPDX-License-Identifier: Apache-2.0
#include "packet/variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/fail.h"
#include "packet/creation_time.h"
#include "packet/payload_digest.h"

namespace bobbin {
namespace {

constexpr std::string_view kSequence = "FSPL_SEQ";
constexpr std::array<std::string_view, 4> kPacketPrefixes{"FSPL_CTIME_", "FSPL_JOB_", "FSPL_PARAM_",
                                                          kSentVariablePrefix};

std::string concatenated(std::string_view first, std::string_view second,
                         std::string_view third = {}) {
  std::string all;
  all.reserve(first.size() + second.size() + third.size());
  return all.append(first).append(second).append(third);
}

[[noreturn]] void fail_time(const PacketHeader& header,
                            const std::optional<JobLocation>& location) {
  const std::string where = location ? ' ' + shown(location->filename) : std::string();
  fail(
      ErrorCode::corrupt,
      fmt::format("cannot use packet {}{}: its creation time, {} s and {} ns since 1970, is beyond "
                  "any calendar; prepare it again",
                  header.sequence, where, header.created.seconds, header.created.nanoseconds));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> packet_variables(
    const PacketHeader& header, const std::optional<JobLocation>& location) {
  const CreationTime created = header.created;
  if (!is_representable(created)) fail_time(header, location);
  std::vector<std::pair<std::string, std::string>> all;
  all.reserve(8 + header.parameters.size() + header.variables.size());
  all.emplace_back(kSequence, fmt::to_string(header.sequence));
  all.emplace_back("FSPL_CTIME_SECS", fmt::to_string(created.seconds));
  all.emplace_back("FSPL_CTIME_NANOS", fmt::to_string(created.nanoseconds));
  all.emplace_back("FSPL_CTIME_RFC3339_UTC", utc_text(created));
  all.emplace_back("FSPL_CTIME_RFC3339_LOCAL", local_text(created));
  if (location) {
    all.emplace_back("FSPL_JOB_FILENAME", location->filename);
    all.emplace_back("FSPL_JOB_QUEUEDIR", location->queue_directory);
    all.emplace_back("FSPL_JOB_FULLPATH",
                     concatenated(location->queue_directory, "/jobs/", location->filename));
  }
  if (header.kind != PacketKind::command) return all;
  for (std::size_t i = 0; i < header.parameters.size(); ++i) {
    all.emplace_back(fmt::format("FSPL_PARAM_{}", i + 1), header.parameters[i]);
  }
  for (const PacketVariable& variable : header.variables) {
    all.emplace_back(concatenated(kSentVariablePrefix, variable.name), variable.value);
  }
  return all;
}

bool is_packet_variable(std::string_view name) noexcept {
  return name == kSequence ||
         std::any_of(kPacketPrefixes.begin(), kPacketPrefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

std::vector<PacketVariable> variables_to_send(const char* const* environment) {
  std::vector<PacketVariable> variables;
  for (; *environment != nullptr; ++environment) {
    std::string_view entry = *environment;
    if (!entry.starts_with(kSentVariablePrefix)) continue;
    entry.remove_prefix(kSentVariablePrefix.size());
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = entry.substr(0, equals);
    if (is_digest_variable(name)) continue;
    variables.push_back({std::string(name), std::string(entry.substr(equals + 1))});
  }
  return variables;
}

}  // namespace bobbin
