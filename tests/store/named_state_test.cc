// SPDX-License-Identifier: Apache-2.0
// A job moves by itself: what a user meant for it where it stood may come when it is elsewhere, and
// must not do there what that user could not have asked for.
#include "store_fixture.h"

namespace bobbin {
namespace {

template <typename Backend>
class NamedState : public StoreSuite<Backend> {};
TYPED_TEST_SUITE(NamedState, Backends);

// What stood in pending/ when a user named it there may run by the time the request arrives.
TYPED_TEST(NamedState, an_operation_meant_for_pending_spares_what_has_started) {
  Store& store = *this->store_;
  const JobNumber number = submit(store, "one", "true", at(1));
  this->claim_one(at(1));
  EXPECT_EQ(store.remove(number, 0, at(2), JobState::pending), Verdict::no_such_job);
  const Rename rename{
      .to = JobState::pending, .name = "two", .replace = true, .by = 0, .from = JobState::pending};
  EXPECT_EQ(store.rename(number, rename, at(2)), Verdict::no_such_job);
  EXPECT_TRUE(store.take_kills().empty());
  EXPECT_EQ(this->job(number).state, JobState::active);
}

TYPED_TEST(NamedState, what_has_run_is_replaced_by_its_owner_only) {
  Store& store = *this->store_;
  const JobNumber first = submit(store, "one", "false", at(1));
  EXPECT_TRUE(store.finish(finished(this->claim_one(at(1)), 1, at(2)), at(2), 0));
  const JobNumber other = submit(store, "two", "true", at(2));
  Rename rename{.to = JobState::pending, .name = "one", .replace = true, .by = 12345};
  EXPECT_EQ(store.rename(other, rename, at(2)), Verdict::name_taken);
  rename.by = this->job(first).uid;
  EXPECT_EQ(store.rename(other, rename, at(2)), Verdict::done);
  EXPECT_FALSE(store.find(first).has_value());
}

TYPED_TEST(NamedState, only_a_pending_job_replaces_one) {
  Store& store = *this->store_;
  const JobNumber ended = submit(store, "one", "true", at(1));
  EXPECT_TRUE(store.finish(finished(this->claim_one(at(1)), 0, at(2)), at(2), 0));
  submit(store, "two", "true", at(2));
  EXPECT_EQ(store.rename(ended, {.to = JobState::pending, .name = "two"}, at(3)),
            Verdict::name_taken);
}

}  // namespace
}  // namespace bobbin
