// SPDX-License-Identifier: Apache-2.0
#include "sched/wake_fd.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>
#include <vector>

namespace bobbin {
namespace {

bool is_readable(const WakeFd& wake, int timeout_ms = 0) {
  pollfd waiting{wake.fd(), POLLIN, 0};
  return ::poll(&waiting, 1, timeout_ms) == 1;
}

TEST(WakeFd, WritesOnlyForOneWhoSleeps) {
  WakeFd wake;
  wake.wake();
  wake.wake();
  EXPECT_FALSE(is_readable(wake));
  EXPECT_FALSE(wake.about_to_sleep());
  EXPECT_TRUE(wake.about_to_sleep());
  EXPECT_FALSE(is_readable(wake));
  wake.wake();
  wake.wake();
  EXPECT_TRUE(is_readable(wake));
  wake.awake();
  EXPECT_FALSE(is_readable(wake));
}

TEST(WakeFd, WhoWokeUpForAnotherReasonMissesNothing) {
  WakeFd wake;
  EXPECT_TRUE(wake.about_to_sleep());
  wake.awake();
  wake.wake();
  EXPECT_FALSE(is_readable(wake));
  EXPECT_FALSE(wake.about_to_sleep());
}

// Each thread adds to the work and wakes; the sleeper takes all there is. A lost wake-up is a sleep
// that never ends.
TEST(WakeFd, LosesNoWakeUp) {
  constexpr int kThreads = 3;
  constexpr int kEach = 20'000;
  WakeFd wake;
  std::atomic<int> work{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        work.fetch_add(1, std::memory_order_relaxed);
        wake.wake();
        if (n % 64 == 0) std::this_thread::yield();
      }
    });
  }
  int done = 0;
  int sleeps = 0;
  bool lost = false;
  while (!lost) {
    done += work.exchange(0, std::memory_order_relaxed);
    if (done == kThreads * kEach) break;
    if (!wake.about_to_sleep()) continue;
    ++sleeps;
    lost = !is_readable(wake, 20'000);
    wake.awake();
  }
  EXPECT_FALSE(lost) << done << " done, " << sleeps << " sleeps";
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace bobbin
