// SPDX-License-Identifier: Apache-2.0
// Many at once: submitters, a runner and lookers, on one Store; and what all of it costs.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>

#include <set>
#include <thread>

#include "base/io.h"
#include "store_fixture.h"

namespace bobbin {
namespace {

class Silent : public ChangeObserver, public WakeUp {
 public:
  void changed(const Change&) noexcept override {}
  void wake() noexcept override {}
};

class Threads : public testing::TestWithParam<SyncMode> {
 protected:
  static constexpr int kSubmitters = 4;
  static constexpr int kJobsEach = 60;

  void open() {
    store_ = open_sqlite_store(options_in(directory_, GetParam()), silent_, silent_, quiet());
  }
  void submit_many(int who) {
    std::atomic<int> accepted{0};
    for (int i = 0; i < kJobsEach; ++i) {
      const auto job = store_->create({.name = fmt::format("{}-{}", who, i)}, at(1)).number;
      const std::size_t size = i % 10 == 0 ? 6000 : 60;
      store_->write(job, 0, std::string(size, static_cast<char>('a' + who)), at(1));
      store_->commit(job, [&](std::exception_ptr error) { accepted += error ? 0 : 1; });
      store_->close_writing(job, at(1));
    }
    while (accepted < kJobsEach) std::this_thread::yield();
  }
  void run_all() {
    const std::string capture = directory_.path("capture");
    int ended = 0;
    while (ended < kSubmitters * kJobsEach) {
      for (Claim& claim : store_->claim(3, at(2))) {
        directory_.write("capture", claim.name + std::string(5000, '.'));
        store_->began(
            claim.number, claim.attempt, 1,
            std::make_shared<const Fd>(open_at(AT_FDCWD, capture, O_RDONLY, 0, "capture")));
        Finished end = finished(claim, 0, at(3), claim.name);
        if (ended % 5 == 0) {
          end.log.clear();
          end.log_path = capture;
        }
        EXPECT_TRUE(store_->finish(end, at(3), 0));
        ++ended;
      }
      store_->persist(Durability::recorded, [](auto) {});
    }
  }
  // A log is the job's own or not there yet.
  void look() {
    for (int round = 0; !is_over_; ++round) {
      for (const Job& job : store_->list(round % 2 == 0 ? JobState::active : JobState::complete,
                                         JobNumber{}, 1000)) {
        const auto log = store_->read_log(job.number, 0, 10);
        if (!log || log->empty()) continue;
        EXPECT_EQ(log->substr(0, job.name.size()), job.name.substr(0, log->size()));
      }
      EXPECT_EQ(store_->counts(at(2)).trouble, "");
    }
  }

  TestDirectory directory_;
  Silent silent_;
  std::unique_ptr<Store> store_;
  std::atomic<bool> is_over_{false};
};

TEST_P(Threads, submit_run_and_look_at_once) {
  open();
  std::vector<std::thread> submitters;
  for (int who = 0; who < kSubmitters; ++who)
    submitters.emplace_back([&, who] { submit_many(who); });
  std::thread runner([&] { run_all(); });
  std::thread looker([&] { look(); });
  for (std::thread& thread : submitters) thread.join();
  runner.join();
  is_over_ = true;
  looker.join();
  store_.reset();
  open();
  const std::vector<Job> jobs = store_->list(JobState::complete, JobNumber{}, 10000);
  EXPECT_EQ(jobs.size(), static_cast<std::size_t>(kSubmitters * kJobsEach));
  for (const Job& job : jobs) EXPECT_EQ(store_->read_log(job.number, 0, job.name.size()), job.name);
}

INSTANTIATE_TEST_SUITE_P(Modes, Threads, testing::Values(SyncMode::full, SyncMode::lazy),
                         [](const auto& mode) {
                           return mode.param == SyncMode::full ? "full" : "lazy";
                         });

// Printed, to be seen when it grows; the limits are far from what is seen.
TEST(Budget, a_hundred_thousand_waiting_jobs) {
  constexpr std::size_t kJobs = 100'000;
  TestDirectory directory;
  Silent silent;
  const auto open = [&] {
    return open_sqlite_store(options_in(directory, SyncMode::lazy), silent, silent, quiet());
  };
  auto store = open();
  for (std::size_t i = 0; i < kJobs; ++i)
    submit(*store, fmt::format("name-{:09}", i), std::string(60, 'x'), at(1));
  store.reset();
  const std::size_t before = ::mallinfo2().uordblks;
  const auto start = std::chrono::steady_clock::now();
  store = open();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const auto bytes = static_cast<double>(::mallinfo2().uordblks - before) / kJobs;
  fmt::print("{:.0f} bytes a waiting job, {:.2f} s to load {}\n", bytes, seconds.count(), kJobs);
  EXPECT_LT(bytes, 400);
  EXPECT_EQ(store->counts(at(2)).waiting, kJobs);
}

}  // namespace
}  // namespace bobbin
