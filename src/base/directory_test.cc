// SPDX-License-Identifier: Apache-2.0
#include "base/directory.h"

#include <bobbin/error.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <set>

#include "base/io.h"
#include "base/test_directory.h"

namespace bobbin {
namespace {

TEST(Directory, ShowsEachEntryOnceWithItsType) {
  TestDirectory directory;
  directory.write("file", "");
  ASSERT_EQ(::mkdir(directory.path("directory").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("file", directory.path("link").c_str()), 0);
  ASSERT_EQ(::mkfifo(directory.path("fifo").c_str(), 0600), 0);
  const Fd fd = open_at(AT_FDCWD, directory.path(), O_RDONLY | O_DIRECTORY, 0, "cannot open");
  for (int round = 0; round < 2; ++round) {
    std::map<std::string, EntryType> found;
    for_each_entry(fd.get(), "it", [&](const DirectoryEntry& entry) {
      EXPECT_TRUE(found.emplace(entry.name, entry.type).second);
      EXPECT_NE(entry.inode, 0u);
    });
    ASSERT_EQ(found.size(), 4u);
    if (found["file"] == EntryType::unknown) GTEST_SKIP() << "this file system gives no types";
    EXPECT_EQ(found["file"], EntryType::regular);
    EXPECT_EQ(found["directory"], EntryType::directory);
    EXPECT_EQ(found["link"], EntryType::link);
    EXPECT_EQ(found["fifo"], EntryType::other);
  }
}

TEST(Directory, OfManyEntriesIsReadToItsEnd) {
  TestDirectory directory;
  constexpr int kMany = 3000;
  for (int i = 0; i < kMany; ++i)
    directory.write("a-name-that-is-not-short-" + std::to_string(i), "");
  const Fd fd = open_at(AT_FDCWD, directory.path(), O_RDONLY | O_DIRECTORY, 0, "cannot open");
  std::set<std::string> found;
  for_each_entry(fd.get(), "it", [&](const DirectoryEntry& entry) { found.emplace(entry.name); });
  EXPECT_EQ(found.size(), kMany);
}

TEST(Directory, MustBeOne) {
  TestDirectory directory;
  directory.write("file", "");
  const Fd fd = open_at(AT_FDCWD, directory.path("file"), O_RDONLY, 0, "cannot open");
  EXPECT_THROW(for_each_entry(fd.get(), "it", [](const DirectoryEntry&) {}), Error);
}

}  // namespace
}  // namespace bobbin
