// SPDX-License-Identifier: Apache-2.0
// What a packet tells the command that it runs: the FSPL_* environment variables, and which of them
// a sender's environment puts into a packet. The same list is what `fspl stdin-info` prints.
#pragma once

#include <bobbin/packet.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bobbin {

// A sender's variables that start with this travel, without it; a receiver puts it back. So no
// packet can set PATH.
inline constexpr std::string_view kSentVariablePrefix = "FSPL_SET_";

struct JobLocation {
  std::string_view filename;
  std::string_view queue_directory;  // as the user wrote it
};

// Names and values in the order in which they are shown; names may repeat, values may be any bytes.
// Throws Error(corrupt) if the packet's creation time is not representable.
std::vector<std::pair<std::string, std::string>> packet_variables(
    const PacketHeader& header, const std::optional<JobLocation>& location);

// Whether a variable of this name speaks about a packet. One that a command inherited from further
// out would speak about another packet: remove it.
bool is_packet_variable(std::string_view name) noexcept;

// The FSPL_SET_ variables of a NULL-terminated list of "NAME=value", in its order, without the
// prefix. A digest is left out: it was the claim of another packet about another payload.
std::vector<PacketVariable> variables_to_send(const char* const* environment);

}  // namespace bobbin
