// SPDX-License-Identifier: Apache-2.0
#include "filed/readiness.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/fail.h"

namespace bobbin {
namespace {

// A datagram socket that sends to `name`; not open if there is nobody.
Fd connect_to(const char* name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t size = std::strlen(name);
  if (size == 0 || size >= sizeof address.sun_path) return Fd();
  std::memcpy(address.sun_path, name, size);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  if (!socket.is_open() ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    return Fd();
  }
  return socket;
}

}  // namespace

Readiness::Readiness(std::optional<int> ready_fd) {
  if (ready_fd) {
    const int flags = ::fcntl(*ready_fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
      fail(ErrorCode::invalid,
           fmt::format("--ready-fd {0}: descriptor {0} is not open for writing; "
                       "open it as in {0}>FILE",
                       *ready_fd));
    }
    ready_fd_ = Fd(*ready_fd);
    ::fcntl(*ready_fd, F_SETFD, FD_CLOEXEC);
  }
  if (const char* name = std::getenv("NOTIFY_SOCKET")) socket_ = connect_to(name);
  ::unsetenv("NOTIFY_SOCKET");
}

void Readiness::ready() noexcept {
  if (ready_fd_.is_open()) {
    while (::write(ready_fd_.get(), "\n", 1) < 0 && errno == EINTR) {
    }
    ready_fd_.reset();
  }
  notify("READY=1");
}

void Readiness::stopping() noexcept { notify("STOPPING=1"); }

void Readiness::notify(std::string_view state) noexcept {
  if (socket_.is_open()) ::send(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL);
}

}  // namespace bobbin
