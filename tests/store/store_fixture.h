// SPDX-License-Identifier: Apache-2.0
// What tests of Stores share: the backends, a clock that is turned by hand, and short ways to say
// what is said often.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/test_directory.h"
#include "jobs/store.h"
#include "store/memory_store.h"
#include "store/sqlite_store.h"

namespace bobbin {

inline WallTime at(double seconds) {
  return WallTime(std::chrono::round<std::chrono::nanoseconds>(
      std::chrono::duration<double>(1'700'000'000 + seconds)));
}

class Recorder : public ChangeObserver, public WakeUp {
 public:
  void changed(const Change& change) noexcept override { changes.push_back(change); }
  void wake() noexcept override { ++wakes; }

  std::vector<Change> changes;
  std::atomic<int> wakes{0};
};

inline Config test_config() {
  Config config = default_config(1);
  config.max_retries = 1;
  return config;
}

inline NodeAttributes first_directory() {
  return {.mode = 0750, .uid = 1, .gid = 2, .modified = at(0), .changed = at(0)};
}

inline const Log& quiet() {
  static const Log log("test", static_cast<LogLevel>(99));
  return log;
}

inline SqliteStoreOptions options_in(const TestDirectory& directory,
                                     SyncMode sync = SyncMode::full) {
  return {.path = directory.path("state.db"),
          .sync = sync,
          .first_config = test_config(),
          .first_directory = first_directory()};
}

struct MemoryBackend {
  static constexpr bool kKeeps = false;
  static std::unique_ptr<Store> open(const TestDirectory&, Recorder& recorder) {
    return make_memory_store(test_config(), first_directory(), recorder, recorder);
  }
};
struct SqliteBackend {
  static constexpr bool kKeeps = true;
  static std::unique_ptr<Store> open(const TestDirectory& directory, Recorder& recorder) {
    return open_sqlite_store(options_in(directory), recorder, recorder, quiet());
  }
};
struct LazyBackend {
  static constexpr bool kKeeps = true;
  static std::unique_ptr<Store> open(const TestDirectory& directory, Recorder& recorder) {
    return open_sqlite_store(options_in(directory, SyncMode::lazy), recorder, recorder, quiet());
  }
};

// Short for one caller that waits.
inline std::exception_ptr commit(Store& store, JobNumber number) {
  std::exception_ptr result;
  bool is_done = false;
  store.commit(number, [&](std::exception_ptr error) {
    result = error;
    is_done = true;
  });
  EXPECT_TRUE(is_done);
  return result;
}

inline std::exception_ptr persist(Store& store, Durability durability = Durability::recorded) {
  std::exception_ptr result;
  store.persist(durability, [&](std::exception_ptr error) { result = error; });
  return result;
}

inline JobNumber create(Store& store, const std::string& name, WallTime now) {
  const Created created = store.create({.name = name, .mode = 0640, .uid = 7, .gid = 8}, now);
  EXPECT_EQ(created.verdict, Verdict::done);
  return created.number;
}

inline JobNumber submit(Store& store, const std::string& name, const std::string& content,
                        WallTime now) {
  const JobNumber number = create(store, name, now);
  EXPECT_EQ(store.write(number, 0, content, now), Verdict::done);
  EXPECT_EQ(commit(store, number), nullptr);
  store.close_writing(number, now);
  return number;
}

inline Finished finished(const Claim& claim, int status, WallTime now, std::string log = "log") {
  return {.number = claim.number,
          .attempt = claim.attempt,
          .end = {.kind = EndKind::exited, .value = status},
          .use = {.wall = std::chrono::seconds(1), .peak_rss_bytes = 4096},
          .pid = 99,
          .started = now,
          .ended = now,
          .log = std::move(log),
          .log_path = {}};
}

// What all suites for all Stores work on.
template <typename Backend>
class StoreSuite : public testing::Test {
 protected:
  void reopen() {
    store_.reset();
    store_ = Backend::open(directory_, recorder_);
  }
  Job job(JobNumber number) const { return store_->find(number).value(); }
  Claim claim_one(WallTime now) {
    std::vector<Claim> claims = store_->claim(1, now);
    EXPECT_EQ(claims.size(), 1u);
    return std::move(claims.at(0));
  }

  TestDirectory directory_;
  Recorder recorder_;
  std::unique_ptr<Store> store_ = Backend::open(directory_, recorder_);
};

using Backends = testing::Types<MemoryBackend, SqliteBackend, LazyBackend>;

}  // namespace bobbin
