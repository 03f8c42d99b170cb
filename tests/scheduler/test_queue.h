// SPDX-License-Identifier: Apache-2.0
// A queue without a mount, for tests: a store in a directory of its own and a scheduler in a
// thread. Nothing here waits for time to pass; a wait for something that does not come ends after
// twenty seconds.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/test_directory.h"
#include "jobs/job_name.h"
#include "sched/scheduler.h"
#include "store/sqlite_store.h"

namespace bobbin {

inline constexpr std::chrono::seconds kTestPatience{20};

// Keeps all changes, and waits for some.
class Changes : public ChangeObserver {
 public:
  void changed(const Change& change) noexcept override {
    const std::lock_guard lock(mutex_);
    changes_.push_back(change);
    something_.notify_all();
  }
  bool wait_for(const std::function<bool(const Change&)>& wanted, std::size_t count = 1) {
    std::unique_lock lock(mutex_);
    return something_.wait_for(lock, kTestPatience, [&] {
      return static_cast<std::size_t>(std::count_if(changes_.begin(), changes_.end(), wanted)) >=
             count;
    });
  }
  std::vector<Change> all() {
    const std::lock_guard lock(mutex_);
    return changes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable something_;
  std::vector<Change> changes_;
};

// Through which jobs tell the test how far they are, and that none of their processes is left.
class JobPipe {
 public:
  explicit JobPipe(std::string path) : path_(std::move(path)) {
    if (::mkfifo(path_.c_str(), 0600) != 0) ::abort();
    read_ = Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  }
  const std::string& path() const { return path_; }
  // The next line without its newline; "" if none comes.
  std::string line() {
    std::string text;
    for (char byte = 0; wait() && ::read(read_.get(), &byte, 1) == 1 && byte != '\n';) text += byte;
    return text;
  }
  // After a line: that everybody who had it open has gone.
  bool is_deserted() {
    char byte = 0;
    while (wait())
      if (::read(read_.get(), &byte, 1) == 0) return true;
    return false;
  }

 private:
  bool wait() {
    pollfd waiting{read_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(kTestPatience / std::chrono::milliseconds(1))) == 1;
  }
  std::string path_;
  Fd read_;
};

class TestQueue {
 public:
  explicit TestQueue(const TestDirectory& directory) : directory_(directory) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    Config config = default_config(2);
    config.backoff_base = std::chrono::milliseconds(1);
    config.stop_grace = kTestPatience;
    config.directory = directory.path();
    store_ = open_sqlite_store({.path = directory.path("state"),
                                .sync = SyncMode::full,
                                .first_config = config,
                                .first_directory = {}},
                               changes_, wake_, log_);
  }
  ~TestQueue() { stop(); }
  TestQueue(const TestQueue&) = delete;
  TestQueue& operator=(const TestQueue&) = delete;

  Store& store() { return *store_; }
  Changes& changes() { return changes_; }

  void configure(const std::function<void(Config&)>& edit) {
    Config config = store_->config();
    edit(config);
    store_->set_config(config);
  }

  void prepare(const std::string& slot_program = BOBBIN_SLOT) {
    scheduler_ = std::make_unique<Scheduler>(
        *store_, wake_,
        SchedulerOptions{.slot_program = slot_program,
                         .slots_directory = directory_.path("state.d/slots"),
                         .environment = Environment::current(),
                         .queue = "/the/queue",
                         .run_as_submitter = false,
                         .sandbox = -1,
                         .on_drained = [this] { ++drained_; }},
        log_);
    scheduler_->recover();
  }
  void run() { scheduler_->run(); }
  void start(const std::string& slot_program = BOBBIN_SLOT) {
    prepare(slot_program);
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    scheduler_->stop();
    thread_.join();
    scheduler_.reset();
  }
  int drained() const { return drained_; }

  JobNumber submit(const std::string& content, std::chrono::milliseconds delay = {}) {
    const WallTime now = std::chrono::system_clock::now();
    const Created created = store_->create({.name = NameSource().next(now, ++names_)}, now);
    EXPECT_EQ(created.verdict, Verdict::done);
    store_->write(created.number, 0, content, now);
    std::promise<std::exception_ptr> accepted;
    store_->commit(created.number, [&](std::exception_ptr error) { accepted.set_value(error); });
    EXPECT_EQ(accepted.get_future().get(), nullptr);
    if (delay.count() > 0) store_->change(created.number, {.modified = now + delay}, now);
    store_->close_writing(created.number, now);
    return created.number;
  }

  bool wait_for(JobNumber number, JobState state) {
    return changes_.wait_for(
        [&](const Change& change) { return change.number == number && change.to == state; });
  }
  // The end of an attempt, wherever that led.
  bool wait_for_end(JobNumber number, std::uint32_t attempt) {
    return changes_.wait_for([&](const Change& change) {
      return change.number == number && change.attempt == attempt && change.end;
    });
  }
  // Until the store knows the process of a running job.
  bool wait_for_process(JobNumber number) {
    const auto give_up = std::chrono::steady_clock::now() + kTestPatience;
    while (std::chrono::steady_clock::now() < give_up) {
      const auto job = store_->find(number);
      if (job && job->last_attempt && job->last_attempt->pid != 0) return true;
      std::this_thread::yield();
    }
    return false;
  }
  std::string log_of(JobNumber number) {
    return store_->read_log(number, 0, 1 << 20).value_or("no log");
  }

 private:
  const TestDirectory& directory_;
  Log log_{"test", LogLevel::error};
  Changes changes_;
  WakeFd wake_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Scheduler> scheduler_;
  std::thread thread_;
  std::atomic<int> drained_{0};
  std::uint32_t names_ = 0;
};

}  // namespace bobbin
