// SPDX-License-Identifier: Apache-2.0
// Whole messages with descriptors over a socket (AF_UNIX, SOCK_SEQPACKET) between the daemon and a
// slot. Neither side waits for the other: at most two messages a side are ever on their way.
//
// Bounds: kMaxMessage bytes and kMaxDescriptors descriptors; what is larger comes by descriptor.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/fd.h"

namespace bobbin {

inline constexpr std::size_t kMaxMessage = 96 * 1024;
inline constexpr std::size_t kMaxDescriptors = 3;

struct ReceivedMessage {
  std::string_view bytes;  // in the buffer
  std::vector<Fd> descriptors;
};
struct ChannelClosed {};
// nullopt: nothing there.
using Reception = std::optional<std::variant<ReceivedMessage, ChannelClosed>>;

std::pair<Fd, Fd> make_channel();

// 0, or the errno: EPIPE if the other side is gone, EMSGSIZE if it is too large.
int send_message(int socket, std::string_view bytes, const std::vector<int>& descriptors = {});

// Never waits. A message that is larger than the buffer or otherwise damaged counts as the end.
Reception receive_message(int socket, std::string& buffer);

}  // namespace bobbin
