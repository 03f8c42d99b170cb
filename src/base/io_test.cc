// SPDX-License-Identifier: Apache-2.0
#include "base/io.h"

#include <bobbin/error.h>
#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "base/test_directory.h"

namespace bobbin {
namespace {

const std::string kLarge(300 * 1000, 'x');

struct Pipe {
  Fd out;
  Fd in;
};

Pipe make_pipe() {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

class Io : public testing::Test {
 protected:
  Fd open(const std::string& name, int flags) const {
    return open_at(AT_FDCWD, directory_.path(name), flags, 0600, "cannot open");
  }
  TestDirectory directory_;
};

TEST_F(Io, CopiesFromWhereAFileStands) {
  directory_.write("from", "header" + kLarge);
  const Fd from = open("from", O_RDONLY);
  const Fd to = open("to", O_WRONLY | O_CREAT);
  ASSERT_EQ(::lseek(from.get(), 6, SEEK_SET), 6);
  EXPECT_EQ(copy_to_end(from.get(), "from", to.get(), "to"), kLarge.size());
  EXPECT_EQ(directory_.read("to"), kLarge);
  EXPECT_EQ(copy_to_end(from.get(), "from", to.get(), "to"), 0u);
}

TEST_F(Io, CopiesBehindWhatAnAppendingDescriptorHas) {
  directory_.write("from", kLarge);
  directory_.write("to", "first");
  const Fd from = open("from", O_RDONLY);
  const Fd to = open("to", O_WRONLY | O_APPEND);
  EXPECT_EQ(copy_to_end(from.get(), "from", to.get(), "to"), kLarge.size());
  EXPECT_EQ(directory_.read("to"), "first" + kLarge);
}

TEST_F(Io, CopiesThroughPipes) {
  directory_.write("from", kLarge);
  const Fd from = open("from", O_RDONLY);
  Pipe pipe = make_pipe();
  std::thread writer([&] {
    EXPECT_EQ(copy_to_end(from.get(), "from", pipe.in.get(), "a pipe"), kLarge.size());
    pipe.in.reset();
  });
  const Fd to = open("to", O_WRONLY | O_CREAT | O_APPEND);
  EXPECT_EQ(copy_to_end(pipe.out.get(), "a pipe", to.get(), "to"), kLarge.size());
  writer.join();
  EXPECT_EQ(directory_.read("to"), kLarge);
}

TEST_F(Io, WaitsOnDescriptorsThatDoNotBlock) {
  Pipe pipe = make_pipe();
  ASSERT_EQ(::fcntl(pipe.in.get(), F_SETFL, O_NONBLOCK), 0);
  ASSERT_EQ(::fcntl(pipe.out.get(), F_SETFL, O_NONBLOCK), 0);
  std::thread writer([&] {
    write_all(pipe.in.get(), kLarge, "a pipe");
    pipe.in.reset();
  });
  std::string got(kLarge.size() + 1, '\0');
  got.resize(read_full(pipe.out.get(), got.data(), got.size(), "a pipe"));
  writer.join();
  EXPECT_EQ(got, kLarge);
}

TEST_F(Io, CopiesFilesThatOnlyPretendToHaveASize) {
  const Fd from = open_at(AT_FDCWD, "/proc/self/status", O_RDONLY, 0, "cannot open");
  const Fd to = open("to", O_WRONLY | O_CREAT);
  EXPECT_GT(copy_to_end(from.get(), "/proc/self/status", to.get(), "to"), 100u);
  EXPECT_NE(directory_.read("to").find("VmPeak"), std::string::npos);
}

TEST_F(Io, SaysWhichSideFailed) {
  directory_.write("from", "text");
  const Fd from = open("from", O_RDONLY);
  const Fd full = open_at(AT_FDCWD, "/dev/full", O_WRONLY, 0, "cannot open");
  try {
    copy_to_end(from.get(), "the source", full.get(), "the target");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::no_space);
    EXPECT_NE(std::string(error.what()).find("cannot write the target"), std::string::npos);
  }
  const Fd directory = open_at(AT_FDCWD, directory_.path(), O_RDONLY, 0, "cannot open");
  const Fd to = open("to", O_WRONLY | O_CREAT);
  try {
    copy_to_end(directory.get(), "the source", to.get(), "the target");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("cannot read the source"), std::string::npos);
  }
}

TEST_F(Io, ReadsSmallFilesOnlyIfTheyAreSmall) {
  directory_.write("file", "12345");
  EXPECT_EQ(read_small(open("file", O_RDONLY).get(), 5, "file"), "12345");
  EXPECT_EQ(read_small(open("file", O_RDONLY).get(), 4, "file"), std::nullopt);
}

TEST_F(Io, PreadLeavesTheDescriptorWhereItWas) {
  directory_.write("file", "0123456789");
  const Fd file = open("file", O_RDONLY);
  char bytes[8];
  EXPECT_EQ(pread_full(file.get(), bytes, sizeof bytes, 5, "file"), 5u);
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 0);
}

TEST_F(Io, WhatItOpensIsNotInherited) {
  const Fd file = open("file", O_WRONLY | O_CREAT);
  EXPECT_EQ(::fcntl(file.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_FALSE(try_open_at(AT_FDCWD, directory_.path("none"), O_RDONLY).is_open());
}

}  // namespace
}  // namespace bobbin
