// SPDX-License-Identifier: Apache-2.0
#include "mount/mountpoint.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>

#include "base/test_directory.h"

namespace bobbin {
namespace {

std::string complaint(const std::string& path) {
  try {
    check_mountpoint(path, false);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Mountpoint, SaysWhatIsWrong) {
  const TestDirectory directory;
  directory.write("file", "x");
  EXPECT_NE(complaint(directory.path("missing")).find("make the directory"), std::string::npos);
  EXPECT_NE(complaint(directory.path("file")).find("is no directory"), std::string::npos);
  EXPECT_NE(complaint(directory.path()).find("is not empty (it holds file)"), std::string::npos);
}

TEST(Mountpoint, ALivingDirectoryIsNoDeadMount) {
  const TestDirectory directory;
  EXPECT_FALSE(is_dead_mount(directory.path()));
  EXPECT_FALSE(is_dead_mount(directory.path("missing")));
}

}  // namespace
}  // namespace bobbin
