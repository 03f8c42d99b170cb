// SPDX-License-Identifier: Apache-2.0
// Files that are not what they should be, and disks that do not write.
#include <bobbin/error.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/sqlite_database.h"
#include "store_fixture.h"

namespace bobbin {
namespace {

class Fault : public testing::Test {
 protected:
  std::unique_ptr<Store> open() { return SqliteBackend::open(directory_, recorder_); }
  std::string path() const { return options_in(directory_).path; }
  // Opening fails with this code and names the file.
  std::string refusal(ErrorCode code) {
    try {
      open();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_NE(std::string(error.what()).find(path()), std::string::npos) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "it was opened";
    return "";
  }
  void with_database(const std::string& sql) {
    if (!directory_.has("state.db")) directory_.write("state.db", "");
    Database(path(), DatabaseUse::write).run(sql);
  }
  static std::optional<ErrorCode> code_of(const std::exception_ptr& failure) {
    if (!failure) return std::nullopt;
    try {
      std::rethrow_exception(failure);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("make room"), std::string::npos) << error.what();
      return error.code();
    }
  }
  // What a full disk does, once `fill` was called, until `relieve` is.
  void full_disk(const std::function<void()>& fill, const std::function<void()>& relieve);

  TestDirectory directory_;
  Recorder recorder_;
};

TEST_F(Fault, text_is_refused_untouched) {
  directory_.write("state.db", "my diary");
  EXPECT_NE(refusal(ErrorCode::corrupt).find("not an SQLite database"), std::string::npos);
  EXPECT_EQ(directory_.read("state.db"), "my diary");
  EXPECT_FALSE(directory_.has("state.db.d"));
}

TEST_F(Fault, a_foreign_database_is_refused_untouched) {
  with_database("CREATE TABLE books(title)");
  const std::string before = directory_.read("state.db");
  EXPECT_NE(refusal(ErrorCode::corrupt).find("another program"), std::string::npos);
  EXPECT_EQ(directory_.read("state.db"), before);
  EXPECT_FALSE(directory_.has("state.db.d"));
}

TEST_F(Fault, a_newer_version_is_refused) {
  open();
  with_database("PRAGMA user_version = 99");
  EXPECT_NE(refusal(ErrorCode::invalid).find("version 99"), std::string::npos);
}

TEST_F(Fault, a_state_of_version_1_is_read) {
  const std::string fixture = std::string(BOBBIN_FIXTURES) + "/version-1.sql";
  const Fd file = open_at(AT_FDCWD, fixture, O_RDONLY, 0, fixture);
  with_database(read_small(file.get(), 1 << 20, fixture).value());
  const auto store = open();
  EXPECT_EQ(store->config().max_retries, 7u);
  const Job complete = store->find_named("complete").value();
  EXPECT_EQ(complete.state, JobState::complete);
  EXPECT_EQ(complete.last_attempt->use.peak_rss_bytes, 4096u);
  EXPECT_EQ(store->read_log(complete.number, 0, 99), ">>> echo\n");
  EXPECT_EQ(store->find_named("failed")->failures, 1u);
  EXPECT_EQ(store->running().at(0).name, "active");
  const Job pending = store->find_named("pending").value();
  EXPECT_EQ(pending.priority, 3);
  EXPECT_EQ(pending.mode, 0600u);
  EXPECT_EQ(store->read_content(pending.number, 0, 99), "echo pending");
  EXPECT_EQ(store->claim(9, at(1000)).size(), 1u);
}

TEST_F(Fault, a_damaged_file_is_told) {
  {
    const auto store = open();
    for (int i = 0; i < 200; ++i)
      submit(*store, "job" + std::to_string(i), std::string(200, 'x'), at(1));
  }
  std::string bytes = directory_.read("state.db");
  ASSERT_GT(bytes.size(), 5u * 4096);
  for (std::size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
  directory_.write("state.db", bytes);
  EXPECT_NE(refusal(ErrorCode::corrupt).find("copy"), std::string::npos);
}

TEST_F(Fault, values_without_sense_are_told) {
  { submit(*open(), "one", "x", at(1)); }
  with_database("UPDATE jobs SET state = 17");
  refusal(ErrorCode::corrupt);
  with_database("UPDATE jobs SET state = 0, name = x'2f'");
  refusal(ErrorCode::corrupt);
  with_database("UPDATE jobs SET name = x'61', content_size = 9");
  refusal(ErrorCode::corrupt);
}

TEST_F(Fault, a_state_in_use_names_its_user) {
  const auto store = open();
  EXPECT_NE(refusal(ErrorCode::busy).find(fmt::format("process {}", ::getpid())),
            std::string::npos);
}

TEST_F(Fault, a_locked_database_is_busy) {
  open();
  const Database other(path(), DatabaseUse::write);
  other.run("BEGIN IMMEDIATE");
  refusal(ErrorCode::busy);
}

TEST_F(Fault, lost_content_waits_for_new_content) {
  JobNumber number{};
  {
    const auto store = open();
    number = submit(*store, "one", std::string(9000, 'x'), at(1));
  }
  std::filesystem::remove_all(directory_.path("state.db.d/content"));
  const auto store = open();
  EXPECT_FALSE(store->find(number)->submitted);
  EXPECT_TRUE(store->claim(1, at(2)).empty());
}

TEST_F(Fault, strangers_in_the_directory_go_and_links_are_not_followed) {
  open();
  directory_.write("precious", "precious");
  std::filesystem::create_symlink(directory_.path("precious"),
                                  directory_.path("state.db.d/content/2"));
  directory_.write("state.db.d/logs/77", "of no job");
  const auto store = open();
  EXPECT_FALSE(directory_.has("state.db.d/logs/77"));
  EXPECT_FALSE(directory_.has("state.db.d/content/2"));
  EXPECT_EQ(directory_.read("precious"), "precious");
}

void Fault::full_disk(const std::function<void()>& fill, const std::function<void()>& relieve) {
  const auto store = open();
  const JobNumber before = submit(*store, "before", "x", at(1));
  const JobNumber small = create(*store, "small", at(1));
  const JobNumber large = create(*store, "large", at(1));
  ASSERT_EQ(store->write(small, 0, "y", at(1)), Verdict::done);
  ASSERT_EQ(persist(*store), nullptr);
  fill();
  const int wakes = recorder_.wakes;
  EXPECT_EQ(code_of(commit(*store, small)), ErrorCode::no_space);
  EXPECT_GT(recorder_.wakes, wakes);
  EXPECT_NE(store->counts(at(1)).trouble, "");
  const std::string text(400'000, 'z');
  std::optional<ErrorCode> failure;
  try {
    store->write(large, 0, text, at(1));
  } catch (const Error& error) {
    failure = error.code();
  }
  EXPECT_EQ(failure, ErrorCode::no_space);
  store->close_writing(small, at(2));
  EXPECT_EQ(store->claim(9, at(2)).at(0).number, before);
  relieve();
  EXPECT_EQ(commit(*store, small), nullptr);
  EXPECT_EQ(store->counts(at(1)).trouble, "");
  EXPECT_EQ(store->claim(9, at(2)).at(0).number, small);
  EXPECT_EQ(store->write(large, 0, text, at(1)), Verdict::done);
  EXPECT_EQ(commit(*store, large), nullptr);
}

TEST_F(Fault, a_file_size_limit_is_a_full_disk) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  full_disk(
      [&] {
        const rlimit none{.rlim_cur = 0, .rlim_max = old.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &none);
      },
      [&] { ::setrlimit(RLIMIT_FSIZE, &old); });
  ::setrlimit(RLIMIT_FSIZE, &old);
}

// A file system of its own, for those who may mount one.
class SmallDisk : public Fault {
 protected:
  void SetUp() override {
    if (::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=2m") != 0)
      GTEST_SKIP() << "only root can mount a small file system";
    is_mounted_ = true;
  }
  void TearDown() override {
    if (is_mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  bool is_mounted_ = false;
};

TEST_F(SmallDisk, a_full_disk_refuses_and_recovers) {
  full_disk(
      [&] {
        const Fd ballast =
            open_at(AT_FDCWD, directory_.path("ballast"), O_WRONLY | O_CREAT, 0600, "ballast");
        const std::string block(4096, 'b');
        while (::write(ballast.get(), block.data(), block.size()) > 0) {
        }
      },
      [&] { std::filesystem::remove(directory_.path("ballast")); });
}

TEST_F(SmallDisk, min_free_space_refuses_at_the_door) {
  const auto store = open();
  Config config = store->config();
  config.min_free_space = 1 << 30;
  store->set_config(config);
  EXPECT_EQ(store->create({.name = "one"}, at(1)).verdict, Verdict::queue_full);
  config.min_free_space = 4096;
  store->set_config(config);
  EXPECT_EQ(store->create({.name = "one"}, at(1)).verdict, Verdict::done);
}

TEST_F(SmallDisk, a_read_only_one_is_told) {
  open();
  ASSERT_EQ(::mount("tmpfs", directory_.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr),
            0);
  refusal(ErrorCode::denied);
}

}  // namespace
}  // namespace bobbin
