// SPDX-License-Identifier: Apache-2.0
#include "slot/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "base/fail.h"

namespace bobbin {
namespace {

constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(int) * kMaxDescriptors);

void take_descriptors(const msghdr& header, std::vector<Fd>& into) {
  for (const cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr;
       at = CMSG_NXTHDR(const_cast<msghdr*>(&header), const_cast<cmsghdr*>(at))) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t index = 0; index < count; ++index) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(at) + index * sizeof descriptor, sizeof descriptor);
      into.emplace_back(descriptor);
    }
  }
}

}  // namespace

std::pair<Fd, Fd> make_channel() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    fail_errno(errno, "cannot make a socket pair");
  }
  return {Fd(ends[0]), Fd(ends[1])};
}

int send_message(int socket, std::string_view bytes, const std::vector<int>& descriptors) {
  if (bytes.size() > kMaxMessage || descriptors.size() > kMaxDescriptors) return EMSGSIZE;
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, kControlSize> control{};
  if (!descriptors.empty()) {
    const std::size_t size = sizeof(int) * descriptors.size();
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(size);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(rights), descriptors.data(), size);
  }
  while (::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

Reception receive_message(int socket, std::string& buffer) {
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, kControlSize> control{};
  for (;;) {
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0) {
      // ECONNRESET says, once, that the other side left something of ours unread; what it had sent
      // before comes after that.
      if (errno == EINTR || errno == ECONNRESET) continue;
      if (errno == EAGAIN) return std::nullopt;
      return ChannelClosed{};
    }
    ReceivedMessage message;
    take_descriptors(header, message.descriptors);
    if (got == 0 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return ChannelClosed{};
    message.bytes = std::string_view(buffer.data(), static_cast<std::size_t>(got));
    return message;
  }
}

}  // namespace bobbin
