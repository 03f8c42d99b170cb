// SPDX-License-Identifier: Apache-2.0
#include "mount/status_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bobbin {
namespace {

using std::chrono::seconds;

QueueView a_view() {
  QueueView view;
  view.now = WallTime{seconds(1000)};
  view.started = WallTime{seconds(10)};
  view.counts.free_bytes = std::uint64_t{100} << 30;
  return view;
}

TEST(StatusText, ShowsWhatThereIs) {
  QueueView view = a_view();
  view.counts.jobs[0] = 4;
  view.counts.jobs[1] = 1;
  view.counts.waiting = 3;
  view.counts.oldest_waiting = view.now - std::chrono::milliseconds(2500);
  view.next_start = view.now + seconds(1);
  view.config.max_pending = 100;
  Job job;
  job.name = "a\xff\n";
  job.last_attempt = Attempt{.number = 2, .pid = 9, .started = WallTime{seconds(999)}};
  view.running = {job};
  const auto json = nlohmann::json::parse(status_text(view));
  EXPECT_EQ(json["version"], BOBBIN_VERSION);
  EXPECT_EQ(json["started"], "1970-01-01T00:00:10.000Z");
  EXPECT_EQ(json["jobs"]["pending"], 4);
  EXPECT_EQ(json["jobs"]["active"], 1);
  EXPECT_EQ(json["waiting"], 3);
  EXPECT_EQ(json["oldest_pending"], 2);
  EXPECT_EQ(json["next_start"], "1970-01-01T00:16:41.000Z");
  EXPECT_EQ(json["running"][0]["job"], "a\xef\xbf\xbd\n");
  EXPECT_EQ(json["running"][0]["pid"], 9);
  EXPECT_EQ(json["running"][0]["attempt"], 2);
  EXPECT_EQ(json["limits"]["max_pending"], 100);
  EXPECT_TRUE(json["warnings"].empty());
}

TEST(StatusText, AnEmptyQueue) {
  const auto json = nlohmann::json::parse(status_text(a_view()));
  EXPECT_TRUE(json["oldest_pending"].is_null());
  EXPECT_TRUE(json["next_start"].is_null());
  EXPECT_TRUE(json["running"].is_array());
  EXPECT_TRUE(status_text(a_view()).ends_with("}\n"));
}

TEST(StatusText, Warnings) {
  QueueView view = a_view();
  EXPECT_TRUE(warnings_about(view).empty());
  view.counts.trouble = "disk full";
  EXPECT_EQ(warnings_about(view).size(), 1u);
  EXPECT_NE(warnings_about(view)[0].find("disk full"), std::string::npos);
  view.counts.trouble.clear();
  view.counts.free_bytes = 1000;
  EXPECT_NE(warnings_about(view).at(0).find("1000"), std::string::npos);
  view.config.min_free_space = 2000;
  EXPECT_NE(warnings_about(view).at(0).find("min_free_space"), std::string::npos);
  view = a_view();
  view.config.max_pending = 100;
  view.counts.jobs[0] = 89;
  EXPECT_TRUE(warnings_about(view).empty());
  view.counts.jobs[0] = 90;
  EXPECT_EQ(warnings_about(view).size(), 1u);
}

}  // namespace
}  // namespace bobbin
