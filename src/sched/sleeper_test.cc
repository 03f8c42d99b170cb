// SPDX-License-Identifier: Apache-2.0
#include "sched/sleeper.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

namespace bobbin {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;
using Keys = std::vector<Sleeper::Key>;

Fd readable() { return Fd(::eventfd(1, EFD_CLOEXEC)); }

TEST(Sleeper, TellsWhatIsReadable) {
  Sleeper sleeper;
  const Fd quiet(::eventfd(0, EFD_CLOEXEC));
  const Fd ready = readable();
  sleeper.watch(quiet.get(), 1);
  sleeper.watch(ready.get(), 2);
  EXPECT_EQ(sleeper.sleep(std::nullopt, std::nullopt), Keys{2});
  EXPECT_EQ(sleeper.look(), Keys{2});
  sleeper.unwatch(ready.get());
  EXPECT_EQ(sleeper.look(), Keys{});
}

TEST(Sleeper, SleepsUntilATimeOfDay) {
  Sleeper sleeper;
  const WallTime until = system_clock::now() + milliseconds(20);
  EXPECT_EQ(sleeper.sleep(until, std::nullopt), Keys{});
  EXPECT_GE(system_clock::now(), until);
  // The same time again: it is over at once.
  EXPECT_EQ(sleeper.sleep(until, std::nullopt), Keys{});
}

TEST(Sleeper, SleepsUntilTheEndOfAPause) {
  Sleeper sleeper;
  const SteadyTime until = steady_clock::now() + milliseconds(20);
  EXPECT_EQ(sleeper.sleep(std::nullopt, until), Keys{});
  EXPECT_GE(steady_clock::now(), until);
  EXPECT_EQ(sleeper.sleep(system_clock::now() + std::chrono::hours(1), until), Keys{});
}

TEST(Sleeper, TimesLongPastAndFarAwayAreFine) {
  Sleeper sleeper;
  const Fd ready = readable();
  EXPECT_EQ(sleeper.sleep(WallTime{}, std::nullopt), Keys{});
  EXPECT_EQ(sleeper.sleep(WallTime::min(), std::nullopt), Keys{});
  sleeper.watch(ready.get(), 5);
  EXPECT_EQ(sleeper.sleep(WallTime::max(), std::nullopt), Keys{5});
}

}  // namespace
}  // namespace bobbin
