// SPDX-License-Identifier: Apache-2.0
#include "sched/recorder.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

namespace bobbin {
namespace {

using std::chrono::seconds;
using Safe = std::map<unsigned, std::uint64_t>;

class RecorderTest : public testing::Test, public WakeUp {
 public:
  void wake() noexcept override { ++wakes_; }

 protected:
  void complete(bool well = true) {
    const Completion done = std::exchange(writings_.back(), nullptr);
    done(well ? nullptr : std::make_exception_ptr(Error(ErrorCode::no_space, "the disk is full")));
  }
  Log log_{"test", LogLevel::error};
  SteadyTime now_{};
  std::atomic<int> wakes_{0};
  std::vector<Completion> writings_;
  Recorder recorder_{[this](Completion done) { writings_.push_back(std::move(done)); }, *this,
                     log_};
};

TEST_F(RecorderTest, HasNothingToDoAtFirst) {
  recorder_.advance(now_);
  EXPECT_TRUE(writings_.empty());
  EXPECT_TRUE(recorder_.is_all_safe());
  EXPECT_FALSE(recorder_.retry_at());
}

TEST_F(RecorderTest, WritesOneAtATimeAndGroupsTheRest) {
  recorder_.note(1, 7);
  recorder_.advance(now_);
  recorder_.note(1, 8);
  recorder_.note(2, 3);
  recorder_.advance(now_);
  ASSERT_EQ(writings_.size(), 1u);
  EXPECT_EQ(recorder_.take_safe(now_), Safe{});

  complete();
  EXPECT_EQ(wakes_, 1);
  recorder_.advance(now_);
  EXPECT_EQ(recorder_.take_safe(now_), (Safe{{1, 7}}));
  ASSERT_EQ(writings_.size(), 2u);
  EXPECT_FALSE(recorder_.is_all_safe());
  complete();
  recorder_.advance(now_);
  EXPECT_EQ(recorder_.take_safe(now_), (Safe{{1, 8}, {2, 3}}));
  EXPECT_TRUE(recorder_.is_all_safe());
}

TEST_F(RecorderTest, TriesAgainAfterASecond) {
  recorder_.note(1, 7);
  recorder_.advance(now_);
  complete(false);
  testing::internal::CaptureStderr();
  recorder_.advance(now_);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "ERROR test: the disk is full; the ends of jobs stay in their slots' records until "
            "that works again\n");
  recorder_.note(1, 8);
  recorder_.advance(now_);
  EXPECT_EQ(writings_.size(), 1u);
  EXPECT_TRUE(recorder_.is_failing());
  EXPECT_EQ(recorder_.retry_at(), now_ + seconds(1));

  now_ += seconds(1);
  recorder_.advance(now_);
  ASSERT_EQ(writings_.size(), 2u);
  EXPECT_FALSE(recorder_.retry_at());
  testing::internal::CaptureStderr();
  complete(false);
  recorder_.advance(now_);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "it is said once";

  now_ += seconds(1);
  recorder_.advance(now_);
  complete();
  recorder_.advance(now_);
  EXPECT_EQ(recorder_.take_safe(now_), (Safe{{1, 8}}));
  EXPECT_FALSE(recorder_.is_failing());
}

TEST_F(RecorderTest, CompletionsComeFromAnyThreadAndLate) {
  Completion late;
  {
    Recorder recorder([&](Completion done) { late = std::move(done); }, *this, log_);
    recorder.note(1, 1);
    recorder.advance(now_);
  }
  std::thread([&] { late(nullptr); }).join();
  EXPECT_EQ(wakes_, 1);
}

}  // namespace
}  // namespace bobbin
