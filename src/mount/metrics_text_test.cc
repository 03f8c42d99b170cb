// SPDX-License-Identifier: Apache-2.0
#include "mount/metrics_text.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace bobbin {
namespace {

TEST(MetricsText, EverySampleHasAHead) {
  QueueView view;
  view.counts.jobs[1] = 5;
  view.counts.attempts_ended = 12;
  const std::string text = metrics_text(view);
  EXPECT_NE(text.find("filed_jobs{state=\"active\"} 5\n"), std::string::npos);
  EXPECT_NE(text.find("\nfiled_attempts_total 12\n"), std::string::npos);
  EXPECT_NE(text.find("bobbin_build_info{version=\"" BOBBIN_VERSION "\"} 1\n"), std::string::npos);

  std::set<std::string> help;
  std::set<std::string> type;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool comment = line.starts_with("# ");
    const std::string words = comment ? line.substr(7) : line;
    const std::string name = words.substr(0, words.find_first_of(" {"));
    if (line.starts_with("# HELP ")) {
      EXPECT_TRUE(help.insert(name).second) << line;
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_TRUE(type.insert(name).second) << line;
      EXPECT_TRUE(line.ends_with(name.ends_with("_total") ? " counter" : " gauge")) << line;
    } else {
      EXPECT_TRUE(help.contains(name) && type.contains(name)) << line;
    }
  }
  EXPECT_EQ(help, type);
}

}  // namespace
}  // namespace bobbin
