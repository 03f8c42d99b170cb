// SPDX-License-Identifier: Apache-2.0
#include "mount/verdict_errno.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <new>
#include <stdexcept>

namespace bobbin {
namespace {

TEST(VerdictErrno, EveryVerdictHasItsOwn) {
  EXPECT_EQ(errno_of(Verdict::done), 0);
  EXPECT_EQ(errno_of(Verdict::no_such_job), ENOENT);
  EXPECT_EQ(errno_of(Verdict::name_taken), EEXIST);
  EXPECT_EQ(errno_of(Verdict::not_permitted), EPERM);
  EXPECT_EQ(errno_of(Verdict::queue_full), ENOSPC);
  EXPECT_EQ(errno_of(Verdict::too_large), EFBIG);
}

TEST(VerdictErrno, AnInodeWhoseJobIsGoneIsStale) {
  EXPECT_EQ(errno_of_inode(Verdict::no_such_job), ESTALE);
  EXPECT_EQ(errno_of_inode(Verdict::done), 0);
  EXPECT_EQ(errno_of_inode(Verdict::not_permitted), EPERM);
}

TEST(VerdictErrno, Failures) {
  const auto of = [](auto error) { return errno_of(std::make_exception_ptr(error)); };
  EXPECT_EQ(of(Error(ErrorCode::no_space, "full")), ENOSPC);
  EXPECT_EQ(of(Error(ErrorCode::invalid, "wrong")), EINVAL);
  EXPECT_EQ(of(Error(ErrorCode::io, "disk")), EIO);
  EXPECT_EQ(of(std::bad_alloc()), ENOMEM);
  EXPECT_EQ(of(std::logic_error("x")), EIO);
}

}  // namespace
}  // namespace bobbin
