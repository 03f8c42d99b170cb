// SPDX-License-Identifier: Apache-2.0
#include "mount/event_log.h"

#include <gtest/gtest.h>

#include <vector>

namespace bobbin {
namespace {

Change change_of(const std::string& name) {
  return {.at = WallTime{std::chrono::milliseconds(1)},
          .number = JobNumber{1},
          .name = name,
          .from = JobState::pending,
          .to = JobState::active,
          .attempt = 1};
}

TEST(EventLine, AMove) {
  EXPECT_EQ(event_line(change_of("x")),
            "{\"time\":\"1970-01-01T00:00:00.001Z\",\"job\":\"x\",\"from\":\"pending\","
            "\"to\":\"active\",\"attempt\":1}\n");
}

TEST(EventLine, AnEndOfANewJobThatIsGone) {
  Change change = change_of("x");
  change.from.reset();
  change.to.reset();
  change.end = AttemptEnd{EndKind::signalled, 9};
  EXPECT_EQ(event_line(change),
            "{\"time\":\"1970-01-01T00:00:00.001Z\",\"job\":\"x\",\"from\":null,\"to\":null,"
            "\"attempt\":1,\"end\":\"signalled\",\"value\":9}\n");
}

TEST(EventLine, AnyNameIsOneLineOfText) {
  const std::string line = event_line(change_of("a\xff\"\n\x1b"));
  EXPECT_NE(line.find("a\xef\xbf\xbd\\\"\\n\\u001b"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(EventLog, AReaderSeesWhatComesAfterItOpened) {
  EventLog log;
  log.changed(change_of("before"));
  EventLog::Reader reader = log.open();
  EXPECT_FALSE(log.has_more(reader));
  EXPECT_EQ(log.read(reader, 1000), "");
  log.changed(change_of("a"));
  log.changed(change_of("b"));
  EXPECT_TRUE(log.has_more(reader));
  EXPECT_EQ(log.read(reader, 1000), event_line(change_of("a")) + event_line(change_of("b")));
  EXPECT_EQ(log.read(reader, 1000), "");
  log.close();
}

TEST(EventLog, WholeLinesOrTheBeginningOfOne) {
  EventLog log;
  EventLog::Reader reader = log.open();
  log.changed(change_of("a"));
  log.changed(change_of("b"));
  const std::string first = event_line(change_of("a"));
  EXPECT_EQ(log.read(reader, first.size() + 5), first);
  EXPECT_EQ(log.read(reader, 1), "{");
  EXPECT_TRUE(log.has_more(reader));
  EXPECT_EQ(log.read(reader, 1000), event_line(change_of("b")).substr(1));
  EXPECT_FALSE(log.has_more(reader));
  log.close();
}

TEST(EventLog, WhoIsTooSlowIsTold) {
  EventLog log(2);
  EventLog::Reader reader = log.open();
  for (const char* name : {"a", "b", "c", "d", "e"}) log.changed(change_of(name));
  EXPECT_EQ(log.read(reader, 1000),
            "{\"missed\":3}\n" + event_line(change_of("d")) + event_line(change_of("e")));
  log.close();
}

TEST(EventLog, TheLastReaderTakesEverythingAlong) {
  EventLog log;
  EventLog::Reader reader = log.open();
  log.changed(change_of("a"));
  log.close();
  log.changed(change_of("b"));
  EventLog::Reader other = log.open();
  EXPECT_EQ(log.read(other, 1000), "");
  log.changed(change_of("c"));
  EXPECT_EQ(log.read(other, 1000), event_line(change_of("c")));
  EXPECT_EQ(log.read(reader, 1000), "{\"missed\":2}\n" + event_line(change_of("c")));
  log.close();
}

TEST(EventLog, PassesChangesOn) {
  struct Names : ChangeObserver {
    std::vector<std::string> names;
    void changed(const Change& change) noexcept override { names.push_back(change.name); }
  } next;
  EventLog log;
  log.changed(change_of("a"));
  log.forward_to(&next);
  log.changed(change_of("b"));
  log.forward_to(nullptr);
  log.changed(change_of("c"));
  EXPECT_EQ(next.names, std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace bobbin
