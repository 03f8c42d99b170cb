// SPDX-License-Identifier: Apache-2.0
#include "spool/sequence_file.h"

#include <bobbin/error.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <limits>

#include "spool/sequence_run.h"
#include "spool/sequence_text.h"
#include "spool/test_spool.h"

namespace bobbin {
namespace {

constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();

class SenderFile : public testing::Test {
 protected:
  SequenceFile open() const {
    return {directory_.path("seq"), SequenceOwner::sender, LockWait::never};
  }
  TestDirectory directory_;
};

TEST_F(SenderFile, BeginsWithOneAndCountsOn) {
  {
    SequenceFile file = open();
    EXPECT_TRUE(file.is_missing());
    EXPECT_EQ(file.claim(), 1u);
    EXPECT_EQ(file.claim(), 2u);
  }
  EXPECT_EQ(directory_.read("seq"), "3\n");
  EXPECT_FALSE(directory_.has("seq.temp"));
  EXPECT_EQ(open().next(), 3u);
}

TEST_F(SenderFile, IsHeldByOne) {
  SequenceFile file = open();
  EXPECT_THROW(open(), Error);
  file.unlock();
  EXPECT_EQ(open().next(), 1u);
}

TEST_F(SenderFile, ThatHoldsNoNumberIsLeftAlone) {
  directory_.write("seq", "not a number\n");
  try {
    open();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
  }
  EXPECT_EQ(directory_.read("seq"), "not a number\n");
}

TEST_F(SenderFile, HasNoNumberAfterTheLast) {
  directory_.write("seq", std::to_string(kMost - 1));
  SequenceFile file = open();
  EXPECT_EQ(file.claim(), kMost - 1);
  EXPECT_THROW(file.claim(), Error);
  EXPECT_EQ(file.next(), kMost);
}

TEST_F(SenderFile, KnowsNothingOfATemporaryFile) {
  directory_.write("seq", "5\n");
  directory_.write("seq.temp", "6\n");  // invariant 2 is one of spools only
  EXPECT_EQ(open().next(), 5u);
}

TEST_F(SenderFile, DoesNotFollowALinkInThePlaceOfItsTemporaryFile) {
  directory_.write("precious", "precious");
  ASSERT_EQ(::symlink("precious", directory_.path("seq.temp").c_str()), 0);
  open().store(9);
  EXPECT_EQ(directory_.read("precious"), "precious");
  EXPECT_EQ(directory_.read("seq"), "9\n");
  struct stat status {};
  ASSERT_EQ(::lstat(directory_.path("seq").c_str(), &status), 0);
  EXPECT_TRUE(S_ISREG(status.st_mode));
}

TEST_F(SenderFile, IsNotHeldUpByAFifo) {
  ASSERT_EQ(::mkfifo(directory_.path("seq.temp").c_str(), 0600), 0);
  open().store(9);
  EXPECT_EQ(directory_.read("seq"), "9\n");
  ASSERT_EQ(::unlink(directory_.path("seq").c_str()), 0);
  ASSERT_EQ(::mkfifo(directory_.path("seq").c_str(), 0600), 0);
  EXPECT_THROW(open(), Error);
}

class SpoolFile : public testing::Test {
 protected:
  SequenceFile open() const {
    return {spool_.path("nextseq"), SequenceOwner::spool, LockWait::never};
  }
  std::optional<std::uint64_t> number_in(const std::string& name) const {
    return parse_sequence_text(spool_.read(name));
  }
  TestSpool spool_;
};

// Invariant 2.
TEST_F(SpoolFile, AdoptsTheTemporaryFileOfItsRunIfThatIsExactlyOneMore) {
  spool_.write("nextseq", sequence_text_in_run(5));
  spool_.write("nextseq.temp", sequence_text_in_run(6));
  EXPECT_EQ(peek_next(spool_.path("")), 6u);
  EXPECT_EQ(open().next(), 6u);
  EXPECT_EQ(number_in("nextseq"), 6u);
}

TEST_F(SpoolFile, AdoptsNoOtherNumber) {
  for (const std::uint64_t temp :
       {std::uint64_t{4}, std::uint64_t{5}, std::uint64_t{7}, std::uint64_t{0}, kMost}) {
    spool_.write("nextseq", sequence_text_in_run(5));
    spool_.write("nextseq.temp", sequence_text_in_run(temp));
    EXPECT_EQ(peek_next(spool_.path("")), 5u) << temp;
    EXPECT_EQ(open().next(), 5u) << temp;
    EXPECT_EQ(number_in("nextseq"), 5u) << temp;
  }
  spool_.write("nextseq", sequence_text_in_run(kMost));
  spool_.write("nextseq.temp", sequence_text_in_run(0));
  EXPECT_EQ(open().next(), kMost);
}

TEST_F(SpoolFile, AdoptsNothingThatIsNotOfOneRun) {
  const std::string in_run = sequence_text_in_run(6);
  for (const std::string& temp :
       {std::string("6\n"), std::string(), std::string("words\n"), in_run.substr(0, 3)}) {
    spool_.write("nextseq", sequence_text_in_run(5));
    spool_.write("nextseq.temp", temp);
    EXPECT_EQ(open().next(), 5u) << temp;
  }
  spool_.write("nextseq", "5\n");  // set by hand, or by Filespooler
  spool_.write("nextseq.temp", in_run);
  EXPECT_EQ(peek_next(spool_.path("")), 5u);
  EXPECT_EQ(open().next(), 5u);
}

TEST_F(SpoolFile, AdoptsNoLinkAndNoFifo) {
  spool_.write("nextseq", sequence_text_in_run(5));
  spool_.write("six", sequence_text_in_run(6));
  ASSERT_EQ(::symlink("six", spool_.path("nextseq.temp").c_str()), 0);
  EXPECT_EQ(open().next(), 5u);
  ::unlink(spool_.path("nextseq.temp").c_str());
  ASSERT_EQ(::mkfifo(spool_.path("nextseq.temp").c_str(), 0600), 0);
  EXPECT_EQ(open().next(), 5u);
}

TEST_F(SpoolFile, NeedsItsLockFile) {
  ASSERT_EQ(::unlink(spool_.path("nextseq.lock").c_str()), 0);
  EXPECT_THROW(open(), Error);
  EXPECT_FALSE(spool_.has("nextseq.lock"));
  const TestSpool box(true);
  EXPECT_EQ(peek_next(box.path("")), std::nullopt);
}

TEST_F(SpoolFile, ARunKeepsTheNewestNumberInOneOfTwoFiles) {
  SequenceFile file = open();
  SequenceRun run(file);
  run.prepare();
  EXPECT_EQ(number_in("nextseq"), 1u);
  EXPECT_EQ(number_in("nextseq.temp"), 1u);
  run.advance(2, true);
  EXPECT_EQ(peek_next(spool_.path("")), 2u);
  for (std::uint64_t next = 3; next < 12; ++next) {
    run.prepare();
    run.advance(next, true);
    EXPECT_EQ(file.next(), next);
    EXPECT_EQ(number_in("nextseq"), next);
    EXPECT_EQ(peek_next(spool_.path("")), next);
  }
  run.finish();
  EXPECT_EQ(spool_.read("nextseq"), "11\n");
  EXPECT_FALSE(spool_.has("nextseq.temp"));
}

// As if the power had gone and undone the exchange of names.
TEST_F(SpoolFile, ARunThatBrokeOffIsContinuedWhicheverNameSurvived) {
  {
    SequenceFile file = open();
    SequenceRun run(file);
    run.prepare();
    run.advance(2, true);
    run.prepare();
    run.advance(3, true);
    file.unlock();
    EXPECT_EQ(number_in("nextseq"), 3u);
    EXPECT_EQ(number_in("nextseq.temp"), 2u);
  }
  ASSERT_EQ(::rename(spool_.path("nextseq.temp").c_str(), spool_.path("x").c_str()), 0);
  ASSERT_EQ(::rename(spool_.path("nextseq").c_str(), spool_.path("nextseq.temp").c_str()), 0);
  ASSERT_EQ(::rename(spool_.path("x").c_str(), spool_.path("nextseq").c_str()), 0);
  EXPECT_EQ(open().next(), 3u);
  EXPECT_EQ(number_in("nextseq"), 3u);
}

TEST_F(SpoolFile, ARunOfOneJobMakesOneFile) {
  SequenceFile file = open();
  SequenceRun run(file);
  run.advance(2, false);
  run.finish();
  EXPECT_EQ(spool_.read("nextseq"), "2\n");
  EXPECT_FALSE(spool_.has("nextseq.temp"));
}

TEST_F(SpoolFile, PublishedIsVisibleBeforeItIsSynced) {
  SequenceFile file = open();
  SequenceRun run(file);
  run.prepare();
  run.publish(2);
  EXPECT_EQ(number_in("nextseq"), 2u);
  run.sync();
  run.finish();
  EXPECT_EQ(spool_.read("nextseq"), "2\n");
}

TEST_F(SpoolFile, WhoHasTheOldFileOpenKeepsReadingIt) {
  SequenceFile file = open();
  const Fd reader(::open(spool_.path("nextseq").c_str(), O_RDONLY | O_CLOEXEC));
  SequenceRun run(file);
  run.prepare();
  run.advance(2, true);
  run.prepare();
  run.advance(3, true);
  char text[8] = {};
  EXPECT_EQ(::pread(reader.get(), text, sizeof text, 0), 2);
  EXPECT_STREQ(text, "1\n");
  run.finish();
}

TEST(NumberAfter, HasALast) {
  EXPECT_EQ(number_after(0), 1u);
  EXPECT_THROW(number_after(kMost), Error);
}

}  // namespace
}  // namespace bobbin
