// SPDX-License-Identifier: Apache-2.0
#include "filed/places.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test_directory.h"

namespace bobbin {
namespace {

class PlacesTest : public testing::Test {
 protected:
  void SetUp() override { ::mkdir(directory_.path("mnt").c_str(), 0700); }

  // Why it is refused, or "accepted"; a test binary has no filed-slot beside it, which is asked for
  // last.
  std::string outcome(const std::string& mountpoint, const std::string& state) {
    try {
      find_places(mountpoint, state);
      return "accepted";
    } catch (const Error& error) {
      const std::string text = error.what();
      return text.find("filed-slot") != std::string::npos ? "accepted" : text;
    }
  }

  TestDirectory directory_;
};

TEST_F(PlacesTest, TheDirectoryOfTheStateIsMade) {
  EXPECT_EQ(outcome(directory_.path("mnt"), directory_.path("a/b/filed.db")), "accepted");
  EXPECT_TRUE(directory_.has("a/b"));
}

TEST_F(PlacesTest, TheStateMayNotBeUnderTheMountpoint) {
  EXPECT_NE(
      outcome(directory_.path("mnt"), directory_.path("mnt/filed.db")).find("under the mount"),
      std::string::npos);
  ASSERT_EQ(::symlink(directory_.path("mnt").c_str(), directory_.path("link").c_str()), 0);
  EXPECT_NE(
      outcome(directory_.path("mnt"), directory_.path("link/filed.db")).find("under the mount"),
      std::string::npos);
  EXPECT_EQ(outcome(directory_.path("mnt"), directory_.path("mnt2.db")), "accepted");
}

TEST_F(PlacesTest, TheMountpointMustExist) {
  EXPECT_NE(outcome(directory_.path("none"), directory_.path("s.db")).find("mkdir"),
            std::string::npos);
}

}  // namespace
}  // namespace bobbin
