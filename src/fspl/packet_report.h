// SPDX-License-Identifier: Apache-2.0
// What *-info prints about one packet, as NAME=value lines or as JSON.
#pragma once

#include <bobbin/packet.h>

#include <optional>
#include <string>

#include "packet/variables.h"

namespace bobbin::fspl {

std::string packet_report(const PacketHeader& header, const std::optional<JobLocation>& location);
std::string packet_report_json(const PacketHeader& header,
                               const std::optional<JobLocation>& location);

std::string_view kind_name(PacketKind kind) noexcept;

}  // namespace bobbin::fspl
