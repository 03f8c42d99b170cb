// SPDX-License-Identifier: Apache-2.0
#include "slot/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "slot/message.h"

namespace bobbin {
namespace {

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() { std::tie(one_, other_) = make_channel(); }

  static ino_t inode_of(const Fd& file) {
    struct stat status {};
    return ::fstat(file.get(), &status) == 0 ? status.st_ino : 0;
  }

  // What arrives on the other side; nullopt if it is not understood.
  std::optional<Request> pass(const std::string& bytes, const std::vector<int>& files = {}) {
    EXPECT_EQ(send_message(one_.get(), bytes, files), 0);
    auto reception = receive_message(other_.get(), buffer_);
    if (!reception || !std::holds_alternative<ReceivedMessage>(*reception)) return std::nullopt;
    return decode_request(std::get<ReceivedMessage>(std::move(*reception)));
  }

  static RunRequest request() {
    RunRequest request;
    request.sequence = 1;
    request.number = JobNumber{2};
    request.attempt = 3;
    request.name = "name";
    request.directory = "/directory";
    request.environment = {"A=1", "B=2"};
    request.changes_identity = true;
    request.uid = 4;
    request.gid = 5;
    request.groups = {6, 7, 8};
    request.timeout = std::chrono::seconds(9);
    request.grace = std::chrono::seconds(10);
    request.max_output = 11;
    request.content = std::string("con\0tent", 8);
    request.log = "log";
    return request;
  }

  Fd one_;
  Fd other_;
  std::string buffer_ = std::string(kMaxMessage, '\0');
};

TEST_F(ChannelTest, CarriesARunRequest) {
  RunRequest sent = request();
  sent.content_file = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  sent.capture = Fd(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const auto got = pass(encode(sent), descriptors_of(sent));
  ASSERT_TRUE(got && std::holds_alternative<RunRequest>(*got));
  const RunRequest& read = std::get<RunRequest>(*got);
  EXPECT_EQ(read.sequence, sent.sequence);
  EXPECT_EQ(read.number, sent.number);
  EXPECT_EQ(read.attempt, sent.attempt);
  EXPECT_EQ(read.name, sent.name);
  EXPECT_EQ(read.directory, sent.directory);
  EXPECT_EQ(read.environment, sent.environment);
  EXPECT_EQ(read.changes_identity, sent.changes_identity);
  EXPECT_EQ(read.uid, sent.uid);
  EXPECT_EQ(read.gid, sent.gid);
  EXPECT_EQ(read.groups, sent.groups);
  EXPECT_EQ(read.is_sandboxed, sent.is_sandboxed);
  EXPECT_EQ(read.timeout, sent.timeout);
  EXPECT_EQ(read.grace, sent.grace);
  EXPECT_EQ(read.max_output, sent.max_output);
  EXPECT_EQ(read.content, sent.content);
  EXPECT_EQ(read.log, sent.log);
  EXPECT_EQ(inode_of(read.content_file), inode_of(sent.content_file));
  EXPECT_EQ(inode_of(read.capture), inode_of(sent.capture));
  EXPECT_FALSE(read.log_file.is_open());
  EXPECT_EQ(::fcntl(read.capture.get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(ChannelTest, UnderstandsNothingElse) {
  const std::string whole = encode(request());
  EXPECT_TRUE(pass(whole).has_value());
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(pass(whole.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(pass(whole + "x").has_value());
  std::string other_version = whole;
  ++other_version[0];
  EXPECT_FALSE(pass(other_version).has_value());
  // Descriptors that it does not speak of, and one that is missing.
  EXPECT_FALSE(pass(whole, {0}).has_value());
  RunRequest with_file = request();
  with_file.capture = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(pass(encode(with_file)).has_value());
  // Whatever a byte says, nothing is believed beyond the message.
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = '\xff';
    pass(changed);
  }
}

TEST_F(ChannelTest, CarriesTheOthers) {
  const auto kill = pass(encode(KillRequest{JobNumber{1}, 2, {EndKind::killed, 3}}));
  ASSERT_TRUE(kill && std::holds_alternative<KillRequest>(*kill));
  EXPECT_EQ(std::get<KillRequest>(*kill).attempt, 2u);
  EXPECT_EQ(std::get<KillRequest>(*kill).reason, (AttemptEnd{EndKind::killed, 3}));
  const auto started = decode_report(encode(StartReport{JobNumber{1}, 2, 3}));
  ASSERT_TRUE(started && std::holds_alternative<StartReport>(*started));
  EXPECT_EQ(std::get<StartReport>(*started).pid, 3);
  AttemptRecord record;
  record.log = "log";
  const auto ended = decode_report(encode(EndReport{record, true}));
  ASSERT_TRUE(ended && std::holds_alternative<EndReport>(*ended));
  EXPECT_TRUE(std::get<EndReport>(*ended).slot_retires);
  EXPECT_EQ(std::get<EndReport>(*ended).record.log, "log");
  EXPECT_FALSE(decode_report(encode(KillRequest{})).has_value());
  EXPECT_FALSE(decode_report("").has_value());
}

TEST_F(ChannelTest, TellsTheEnd) {
  EXPECT_FALSE(receive_message(other_.get(), buffer_).has_value());
  EXPECT_EQ(send_message(one_.get(), "last words"), 0);
  EXPECT_EQ(send_message(other_.get(), "never read"), 0);
  one_.reset();
  auto reception = receive_message(other_.get(), buffer_);
  ASSERT_TRUE(reception && std::holds_alternative<ReceivedMessage>(*reception));
  EXPECT_EQ(std::get<ReceivedMessage>(*reception).bytes, "last words");
  reception = receive_message(other_.get(), buffer_);
  ASSERT_TRUE(reception.has_value());
  EXPECT_TRUE(std::holds_alternative<ChannelClosed>(*reception));
  EXPECT_EQ(send_message(other_.get(), "anybody?"), EPIPE);
}

TEST_F(ChannelTest, HasBounds) {
  EXPECT_EQ(send_message(one_.get(), std::string(kMaxMessage + 1, 'x')), EMSGSIZE);
  EXPECT_EQ(send_message(one_.get(), "x", {0, 0, 0, 0}), EMSGSIZE);
  EXPECT_EQ(send_message(one_.get(), std::string(kMaxMessage, 'x')), 0);
  std::string small(10, '\0');
  const auto reception = receive_message(other_.get(), small);
  ASSERT_TRUE(reception.has_value());
  EXPECT_TRUE(std::holds_alternative<ChannelClosed>(*reception));
}

}  // namespace
}  // namespace bobbin
