// SPDX-License-Identifier: Apache-2.0
#include "base/file_lock.h"

#include <bobbin/error.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/test_directory.h"

namespace bobbin {
namespace {

class FileLock : public testing::Test {
 protected:
  FileLock() { directory_.write("lock", ""); }
  Fd open() const { return open_at(AT_FDCWD, directory_.path("lock"), O_RDWR, 0, "cannot open"); }
  TestDirectory directory_;
};

TEST_F(FileLock, LivesAsLongAsItsDescriptor) {
  Fd first = lock_file(open(), LockWait::never, "the lock");
  EXPECT_THROW(lock_file(open(), LockWait::never, "the lock"), Error);
  first.reset();
  EXPECT_TRUE(lock_file(open(), LockWait::until_free, "the lock").is_open());
}

TEST_F(FileLock, NamesItsHolder) {
  const Fd file = open();
  EXPECT_EQ(lock_holder(file.get()), "");
  const Fd first = lock_file(open(), LockWait::never, "the lock");
  const std::string holder = lock_holder(file.get());
  if (holder.empty()) GTEST_SKIP() << "/proc/locks does not tell here";
  EXPECT_EQ(holder.find("process " + std::to_string(::getpid()) + " ("), 0u) << holder;
  try {
    lock_file(open(), LockWait::never, "the lock");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::busy);
    EXPECT_EQ(std::string(error.what()).find("the lock is locked by " + holder), 0u)
        << error.what();
  }
}

TEST_F(FileLock, OfAnotherFileIsNotMistakenForIt) {
  directory_.write("other", "");
  const Fd other = open_at(AT_FDCWD, directory_.path("other"), O_RDWR, 0, "cannot open");
  const Fd first = lock_file(open(), LockWait::never, "the lock");
  EXPECT_EQ(lock_holder(other.get()), "");
}

}  // namespace
}  // namespace bobbin
