// SPDX-License-Identifier: Apache-2.0
// What every Store does. What they do alike in all small worlds is for exhaustive_test.cc; here is
// what it is that they do, and what needs more than a few operations to show.
#include <fcntl.h>

#include "base/io.h"
#include "store_fixture.h"

namespace bobbin {
namespace {

TYPED_TEST_SUITE(StoreSuite, Backends);

TYPED_TEST(StoreSuite, runs_a_job_from_submission_to_completion) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, "one", "echo hello", at(1));
  EXPECT_TRUE(this->job(number).submitted);
  EXPECT_EQ(store.next_due(), at(1));
  const Claim claim = this->claim_one(at(2));
  EXPECT_EQ(claim.name, "one");
  EXPECT_EQ(claim.content, "echo hello");
  EXPECT_EQ(claim.attempt, 1u);
  EXPECT_EQ(this->job(number).state, JobState::active);
  EXPECT_EQ(store.running().size(), 1u);
  EXPECT_TRUE(store.finish(finished(claim, 0, at(3), ">>> echo hello\nhello\n"), at(3), 0));
  EXPECT_EQ(this->job(number).state, JobState::complete);
  EXPECT_EQ(this->job(number).modified, at(3));
  EXPECT_EQ(store.read_log(number, 4, 4), "echo");
  EXPECT_EQ(persist(store), nullptr);
  EXPECT_EQ(store.read_log(number, 4, 4), "echo");
  EXPECT_EQ(store.stat_log(number)->size, 21u);
  EXPECT_FALSE(store.finish(finished(claim, 0, at(4)), at(4), 0));
  const Counts counts = store.counts(at(4));
  EXPECT_EQ(counts.jobs[static_cast<int>(JobState::complete)], 1u);
  EXPECT_EQ(counts.attempts_ended, 1u);
  EXPECT_EQ(counts.attempts_failed, 0u);
  ASSERT_EQ(this->recorder_.changes.size(), 3u);
  EXPECT_EQ(this->recorder_.changes[2].from, JobState::active);
  EXPECT_EQ(this->recorder_.changes[2].to, JobState::complete);
}

TYPED_TEST(StoreSuite, a_failed_attempt_waits_for_its_next_start_and_then_for_good) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, "one", "false", at(1));
  EXPECT_TRUE(store.finish(finished(this->claim_one(at(1)), 1, at(2)), at(2), 0));
  EXPECT_EQ(this->job(number).state, JobState::pending);
  EXPECT_EQ(store.next_due(), at(3));
  EXPECT_TRUE(store.claim(1, at(2.9)).empty());
  const Claim second = this->claim_one(at(3));
  EXPECT_EQ(second.attempt, 2u);
  EXPECT_EQ(second.log, "log");
  EXPECT_TRUE(store.finish(finished(second, 1, at(4), "loglog"), at(4), 0));
  EXPECT_EQ(this->job(number).state, JobState::failed);
  EXPECT_EQ(store.counts(at(4)).retries, 1u);
  ASSERT_EQ(store.rename(number, {.to = JobState::pending, .name = "one"}, at(5)), Verdict::done);
  EXPECT_EQ(this->job(number).failures, 0u);
  EXPECT_EQ(this->claim_one(at(5)).attempt, 3u);
}

TYPED_TEST(StoreSuite, priority_goes_before_order_of_submission) {
  Store& store = *this->store_;
  for (const char* name : {"a", "b", "c", "d"}) submit(store, name, "x", at(1));
  ASSERT_EQ(store.set_priority(store.find_named("c")->number, 5, at(2)), Verdict::done);
  ASSERT_EQ(store.set_priority(store.find_named("a")->number, -5, at(2)), Verdict::done);
  std::string order;
  for (const Claim& claim : store.claim(9, at(3))) order += claim.name;
  EXPECT_EQ(order, "cbda");
}

TYPED_TEST(StoreSuite, only_accepted_content_that_nobody_writes_runs) {
  Store& store = *this->store_;
  const JobNumber number = create(store, "one", at(1));
  EXPECT_EQ(commit(store, number), nullptr);  // a shell closes its copy of an empty file
  store.write(number, 0, "echo", at(1));
  store.close_writing(number, at(1));
  EXPECT_TRUE(store.claim(1, at(2)).empty());
  ASSERT_EQ(store.open_writing(number), Verdict::done);
  EXPECT_EQ(commit(store, number), nullptr);
  EXPECT_TRUE(store.claim(1, at(2)).empty());
  store.close_writing(number, at(2));
  EXPECT_EQ(store.claim(1, at(2)).size(), 1u);
}

TYPED_TEST(StoreSuite, an_unfinished_name_never_runs) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, ".one.swp", "echo", at(1));
  EXPECT_TRUE(store.claim(1, at(2)).empty());
  const Rename rename{.to = JobState::pending, .name = "one"};
  ASSERT_EQ(store.rename(number, rename, at(3)), Verdict::done);
  EXPECT_EQ(store.claim(1, at(3)).size(), 1u);
}

TYPED_TEST(StoreSuite, a_modification_time_in_the_future_delays) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, "one", "echo", at(1));
  ASSERT_EQ(store.change(number, {.modified = at(100)}, at(2)), Verdict::done);
  EXPECT_TRUE(store.claim(1, at(99)).empty());
  EXPECT_EQ(store.next_due(), at(100));
  ASSERT_EQ(store.change(number, {.modified = at(50)}, at(2)), Verdict::done);
  EXPECT_EQ(store.claim(1, at(50)).size(), 1u);
}

TYPED_TEST(StoreSuite, a_clock_that_went_back_makes_nothing_start_early) {
  Store& store = *this->store_;
  submit(store, "one", "echo", at(1));
  submit(store, "late", "echo", at(50));
  EXPECT_EQ(this->claim_one(at(60)).name, "one");
  EXPECT_TRUE(store.claim(1, at(40)).empty());
  EXPECT_EQ(this->claim_one(at(50)).name, "late");
}

TYPED_TEST(StoreSuite, names_are_unique_and_a_waiting_job_can_be_replaced) {
  Store& store = *this->store_;
  const JobNumber one = submit(store, "one", "1", at(1));
  const JobNumber two = submit(store, "two", "2", at(1));
  EXPECT_EQ(store.create({.name = "one"}, at(1)).verdict, Verdict::name_taken);
  Rename rename{.to = JobState::pending, .name = "one", .replace = false};
  EXPECT_EQ(store.rename(two, rename, at(2)), Verdict::name_taken);
  rename.replace = true;
  EXPECT_EQ(store.rename(two, rename, at(2)), Verdict::done);
  EXPECT_FALSE(store.find(one));
  EXPECT_EQ(store.read_content(two, 0, 10), "2");
  this->claim_one(at(2));
  const JobNumber three = submit(store, "three", "3", at(3));
  EXPECT_EQ(store.rename(three, rename, at(3)), Verdict::name_taken);  // it runs
}

TYPED_TEST(StoreSuite, removing_a_running_job_forgets_it_and_lists_a_kill) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, "one", "sleep", at(1));
  const Claim claim = this->claim_one(at(1));
  ASSERT_EQ(store.remove(number, 42, at(2)), Verdict::done);
  EXPECT_FALSE(store.find(number));
  const std::vector<Kill> kills = store.take_kills();
  ASSERT_EQ(kills.size(), 1u);
  EXPECT_EQ(kills[0].reason, KillReason::removed);
  EXPECT_EQ(kills[0].by, 42u);
  EXPECT_TRUE(store.take_kills().empty());
  Finished end = finished(claim, 0, at(3), "");
  this->directory_.write("out", "output");
  end.log_path = this->directory_.path("out");
  EXPECT_FALSE(store.finish(end, at(3), 0));
  EXPECT_FALSE(this->directory_.has("out"));
}

TYPED_TEST(StoreSuite, a_rerun_waits_for_the_end_of_the_attempt_it_replaces) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, "one", "sleep", at(1));
  const Claim claim = this->claim_one(at(1));
  ASSERT_EQ(store.rename(number, {.to = JobState::pending, .name = "one"}, at(2)), Verdict::done);
  EXPECT_EQ(store.take_kills().at(0).reason, KillReason::rerun);
  EXPECT_TRUE(store.claim(1, at(3)).empty());
  EXPECT_EQ(store.running().size(), 1u);
  const int wakes = this->recorder_.wakes;
  EXPECT_TRUE(store.finish(finished(claim, 1, at(4)), at(4), 0));
  EXPECT_GT(this->recorder_.wakes, wakes);
  EXPECT_EQ(this->job(number).failures, 0u);
  EXPECT_EQ(this->claim_one(at(4)).attempt, 2u);
}

TYPED_TEST(StoreSuite, a_claim_that_is_given_back_never_was) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, "one", "x", at(1));
  store.finish(finished(this->claim_one(at(1)), 1, at(2)), at(2), 0);
  const Job before = this->job(number);
  store.give_back(number, this->claim_one(at(3)).attempt, at(4));
  EXPECT_EQ(this->job(number).last_attempt, before.last_attempt);
  EXPECT_EQ(this->job(number).order, before.order);
  EXPECT_EQ(this->claim_one(at(4)).attempt, 2u);
}

TYPED_TEST(StoreSuite, an_attempt_that_the_state_missed_is_resumed) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, "one", "x", at(1));
  EXPECT_TRUE(store.resume(number, 2, at(1)));
  EXPECT_FALSE(store.resume(number, 1, at(1)));
  EXPECT_EQ(this->job(number).state, JobState::active);
  Claim claim;
  claim.number = number;
  claim.attempt = 2;
  EXPECT_TRUE(store.finish(finished(claim, 0, at(2)), at(2), 0));
  EXPECT_FALSE(store.resume(number, 2, at(3)));
  EXPECT_FALSE(store.resume(JobNumber{999}, 1, at(3)));
}

TYPED_TEST(StoreSuite, limits_refuse_at_the_door) {
  Store& store = *this->store_;
  Config config = store.config();
  config.max_pending = 1;
  config.max_content = 10;
  store.set_config(config);
  const JobNumber number = create(store, "one", at(1));
  EXPECT_EQ(store.create({.name = "two"}, at(1)).verdict, Verdict::queue_full);
  EXPECT_EQ(store.write(number, 0, "0123456789", at(1)), Verdict::done);
  EXPECT_EQ(store.write(number, 10, "x", at(1)), Verdict::too_large);
  EXPECT_EQ(store.write(number, UINT64_MAX, "x", at(1)), Verdict::too_large);
  EXPECT_EQ(store.truncate(number, 11, at(1)), Verdict::too_large);
  EXPECT_EQ(store.read_content(number, 0, 99), "0123456789");
}

TYPED_TEST(StoreSuite, large_content_grows_shrinks_and_is_overwritten) {
  Store& store = *this->store_;
  std::string expected;
  const JobNumber number = create(store, "one", at(1));
  const auto check = [&] {
    EXPECT_EQ(this->job(number).content_size, expected.size());
    EXPECT_EQ(store.read_content(number, 0, 1 << 20), expected);
  };
  const auto write = [&](std::size_t offset, const std::string& bytes) {
    if (expected.size() < offset + bytes.size()) expected.resize(offset + bytes.size());
    expected.replace(offset, bytes.size(), bytes);
    ASSERT_EQ(store.write(number, offset, bytes, at(1)), Verdict::done);
    check();
  };
  const auto truncate = [&](std::size_t size) {
    expected.resize(size);
    ASSERT_EQ(store.truncate(number, size, at(1)), Verdict::done);
    check();
  };
  write(0, std::string(4096, 'a'));
  write(4096, "b");
  write(10, "cc");
  EXPECT_EQ(commit(store, number), nullptr);
  write(4097, "appended");
  write(5, "overwritten");
  write(20000, "beyond");
  truncate(6000);
  EXPECT_EQ(commit(store, number), nullptr);
  truncate(5000);
  truncate(4000);
  write(3999, std::string(3000, 'd'));
  EXPECT_EQ(commit(store, number), nullptr);
  store.close_writing(number, at(2));
  const Claim claim = this->claim_one(at(2));
  std::string content = claim.content;
  if (claim.content_file.is_open())
    content = read_small(claim.content_file.get(), 1 << 20, "content").value();
  EXPECT_EQ(content, expected);
}

TYPED_TEST(StoreSuite, a_large_log_stays_a_file_and_is_continued) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, "one", "x", at(1));
  const Claim first = this->claim_one(at(1));
  const std::string output(10000, 'o');
  this->directory_.write("capture", output);
  store.began(number, 1, 77,
              std::make_shared<const Fd>(
                  open_at(AT_FDCWD, this->directory_.path("capture"), O_RDONLY, 0, "capture")));
  EXPECT_EQ(this->job(number).last_attempt->pid, 77);
  EXPECT_EQ(store.read_log(number, 9990, 100), std::string(10, 'o'));
  EXPECT_EQ(store.stat_log(number)->size, output.size());
  Finished end = finished(first, 1, at(2), "");
  end.log_path = this->directory_.path("capture");
  EXPECT_TRUE(store.finish(end, at(2), 0));
  EXPECT_EQ(this->job(number).log_size, output.size());
  EXPECT_EQ(store.read_log(number, 0, 1 << 20), output);
  if (!TypeParam::kKeeps) return;
  const Claim second = this->claim_one(at(9));
  ASSERT_TRUE(second.log_file.is_open());
  write_all(second.log_file.get(), "more", "log");
  EXPECT_TRUE(store.finish(finished(second, 0, at(10), ""), at(10), 0));
  EXPECT_EQ(store.read_log(number, 9999, 100), "omore");
  this->reopen();
  EXPECT_EQ(this->store_->read_log(number, 9999, 100), "omore");
}

TYPED_TEST(StoreSuite, ended_jobs_are_kept_as_long_as_configured) {
  Store& store = *this->store_;
  EXPECT_FALSE(store.retire(at(0)));
  Config config = store.config();
  config.retain_complete = std::chrono::seconds(10);
  store.set_config(config);
  const JobNumber number = submit(store, "one", "x", at(1));
  store.finish(finished(this->claim_one(at(1)), 0, at(2)), at(2), 0);
  EXPECT_EQ(store.retire(at(11)), at(12));
  EXPECT_TRUE(store.find(number));
  EXPECT_FALSE(store.retire(at(12)));
  EXPECT_FALSE(store.find(number));
}

TYPED_TEST(StoreSuite, directories_have_the_time_of_their_last_entry) {
  Store& store = *this->store_;
  EXPECT_EQ(store.attributes(FixedNode::complete), first_directory());
  EXPECT_EQ(store.attributes(FixedNode::status).mode, 0440u);
  EXPECT_EQ(store.attributes(FixedNode::config).mode, 0640u);
  submit(store, "one", "x", at(1));
  EXPECT_EQ(store.attributes(FixedNode::pending).modified, at(1));
  EXPECT_EQ(store.attributes(FixedNode::active).modified, at(0));
  this->claim_one(at(2));
  EXPECT_EQ(store.attributes(FixedNode::pending).modified, at(2));
  EXPECT_EQ(store.attributes(FixedNode::active).modified, at(2));
  store.change(FixedNode::pending, {.mode = 0777, .uid = 5}, at(3));
  EXPECT_EQ(store.attributes(FixedNode::pending).mode, 0777u);
  EXPECT_EQ(store.attributes(FixedNode::pending).changed, at(3));
}

TYPED_TEST(StoreSuite, a_listing_goes_on_where_it_stopped) {
  Store& store = *this->store_;
  std::vector<JobNumber> numbers;
  for (int i = 0; i < 700; ++i)
    numbers.push_back(create(store, "job" + std::to_string(i * 7919 % 700), at(1)));
  for (std::size_t i = 0; i < numbers.size(); i += 3) store.remove(numbers[i], 0, at(2));
  std::vector<JobNumber> seen;
  for (;;) {
    const JobNumber after = seen.empty() ? JobNumber{} : seen.back();
    const std::vector<Job> jobs = store.list(JobState::pending, after, 10);
    if (jobs.empty()) break;
    for (const Job& job : jobs) {
      seen.push_back(job.number);
      EXPECT_EQ(store.find_named(job.name)->number, job.number);
    }
  }
  EXPECT_EQ(seen.size(), 466u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TYPED_TEST(StoreSuite, everything_is_there_after_a_restart) {
  if (!TypeParam::kKeeps) return;
  const JobNumber done = submit(*this->store_, "done", "x", at(1));
  this->store_->finish(finished(this->claim_one(at(1)), 0, at(2), "the log"), at(2), 0);
  const JobNumber runs = submit(*this->store_, "runs", "y", at(3));
  this->claim_one(at(3));
  const JobNumber large = submit(*this->store_, "large", std::string(9000, 'l'), at(4));
  const JobNumber half = submit(*this->store_, "half", "accepted", at(5));
  ASSERT_EQ(this->store_->open_writing(half), Verdict::done);
  this->store_->write(half, 0, "not yet accepted", at(6));
  const JobNumber gone = submit(*this->store_, "gone", std::string(9000, 'g'), at(7));
  this->store_->remove(gone, 0, at(8));
  Config config = this->store_->config();
  config.max_job_count = 17;
  this->store_->set_config(config);
  const auto directory = this->store_->attributes(FixedNode::pending);
  this->reopen();
  Store& store = *this->store_;
  EXPECT_EQ(store.config(), config);
  EXPECT_EQ(store.attributes(FixedNode::pending), directory);
  EXPECT_EQ(store.read_log(done, 0, 99), "the log");
  EXPECT_EQ(this->job(done).last_attempt->use.peak_rss_bytes, 4096u);
  EXPECT_EQ(store.running().at(0).number, runs);
  EXPECT_EQ(store.read_content(large, 8990, 99), std::string(10, 'l'));
  EXPECT_EQ(store.read_content(half, 0, 99), "accepted");
  EXPECT_TRUE(this->job(half).submitted);
  EXPECT_FALSE(store.find(gone));
  EXPECT_GT(create(store, "new", at(9)), gone);
  int files = 0;
  for ([[maybe_unused]] const auto& file :
       std::filesystem::directory_iterator(this->directory_.path("state.db.d/content")))
    ++files;
  EXPECT_EQ(files, 1);
}

TYPED_TEST(StoreSuite, a_kill_that_was_due_is_due_after_a_restart) {
  if (!TypeParam::kKeeps) return;
  const JobNumber number = submit(*this->store_, "one", "x", at(1));
  const Claim claim = this->claim_one(at(1));
  this->store_->rename(number, {.to = JobState::failed, .name = "one"}, at(2));
  this->reopen();
  const std::vector<Kill> kills = this->store_->take_kills();
  ASSERT_EQ(kills.size(), 1u);
  EXPECT_EQ(kills[0].attempt, claim.attempt);
  EXPECT_EQ(kills[0].reason, KillReason::set_aside);
}

}  // namespace
}  // namespace bobbin
