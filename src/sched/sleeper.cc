// SPDX-License-Identifier: Apache-2.0
#include "sched/sleeper.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "base/fail.h"

namespace bobbin {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Sleeper::Key kTimer = std::numeric_limits<Sleeper::Key>::max();

// What is before 1970 the kernel refuses, and zero would disarm the timer.
timespec to_timespec(WallTime time) {
  if (time <= WallTime{}) return {.tv_sec = 0, .tv_nsec = 1};
  const auto whole = std::chrono::floor<seconds>(time);
  return {.tv_sec = static_cast<time_t>(whole.time_since_epoch().count()),
          .tv_nsec = static_cast<long>(nanoseconds(time - whole).count())};
}

int timeout_until(std::optional<SteadyTime> time) {
  if (!time) return -1;
  const auto left = std::chrono::ceil<milliseconds>(*time - std::chrono::steady_clock::now());
  constexpr milliseconds kLongest = std::chrono::hours(1);
  return static_cast<int>(std::clamp(left, milliseconds(0), kLongest).count());
}

}  // namespace

Sleeper::Sleeper()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (!epoll_.is_open()) fail_errno(errno, "cannot create an epoll descriptor");
  if (!timer_.is_open()) fail_errno(errno, "cannot create a timer");
  watch(timer_.get(), kTimer);
}

void Sleeper::watch(int fd, Key key) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = key}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    fail_errno(errno, "cannot wait for a descriptor");
}

void Sleeper::unwatch(int fd) noexcept { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

const std::vector<Sleeper::Key>& Sleeper::sleep(std::optional<WallTime> wall,
                                                std::optional<SteadyTime> steady) {
  arm(wall);
  return wait(timeout_until(steady));
}

const std::vector<Sleeper::Key>& Sleeper::look() { return wait(0); }

void Sleeper::arm(std::optional<WallTime> wall) {
  if (wall == armed_) return;
  itimerspec when{};
  if (wall) when.it_value = to_timespec(*wall);
  // ECANCELED: the clock was set meanwhile; the timer runs all the same.
  if (::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
                        nullptr) != 0 &&
      errno != ECANCELED) {
    fail_errno(errno, "cannot set a timer");
  }
  armed_ = wall;
}

const std::vector<Sleeper::Key>& Sleeper::wait(int timeout_ms) {
  ready_.clear();
  std::array<epoll_event, 64> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  if (count < 0 && errno != EINTR) fail_errno(errno, "cannot wait for events");
  for (int i = 0; i < count; ++i) {
    const Key key = events[static_cast<std::size_t>(i)].data.u64;
    if (key != kTimer) {
      ready_.push_back(key);
      continue;
    }
    // It has run out, or (ECANCELED) the clock was set; the next arm() arms it again.
    std::uint64_t times = 0;
    [[maybe_unused]] const ssize_t got = ::read(timer_.get(), &times, sizeof times);
    armed_.reset();
  }
  return ready_;
}

}  // namespace bobbin
