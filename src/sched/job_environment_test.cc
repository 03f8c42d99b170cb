// SPDX-License-Identifier: Apache-2.0
#include "sched/job_environment.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bobbin {
namespace {

using Lines = std::vector<std::string>;

Environment base() {
  const char* const variables[] = {"DATABASE_URL=x",  "FILED_X=1",      "FILEDX=1",
                                   "HOME=/h",         "INVOCATION_ID=", "JOURNAL_STREAM=8:1",
                                   "LANG=C",          "LISTEN_FDS=1",   "LISTEN_PID=2",
                                   "LOGNAME=l",       "MAIL=m",         "NOTIFY_SOCKET=/n",
                                   "PATH=/bin",       "PGHOST=p",       "PGPASSFILE=/p",
                                   "PGPASSWORD=word", "SHELL=/bin/sh",  "USER=u",
                                   "WATCHDOG_USEC=3", nullptr};
  return Environment(variables);
}

Lines lines(const Environment& environment) {
  Lines all;
  for (const char* line : environment.envp())
    if (line != nullptr) all.emplace_back(line);
  return all;
}

TEST(JobEnvironment, LeavesOutWhatIsTheDaemonsOwn) {
  EXPECT_EQ(lines(job_environment(base(), {})),
            (Lines{"FILEDX=1", "HOME=/h", "LANG=C", "LOGNAME=l", "MAIL=m", "PATH=/bin", "PGHOST=p",
                   "SHELL=/bin/sh", "USER=u"}));
}

TEST(JobEnvironment, CleanIsSixVariables) {
  Config config;
  config.clean_environment = true;
  EXPECT_EQ(lines(job_environment(base(), config)),
            (Lines{"HOME=/h", "LANG=C", "LOGNAME=l", "PATH=/bin", "SHELL=/bin/sh", "USER=u"}));
}

TEST(JobEnvironment, TheSettingsComeLast) {
  Config config;
  config.clean_environment = true;
  config.environment = {{"PGPASSWORD", "mine"}, {"PATH", "/opt/bin"}};
  EXPECT_EQ(lines(job_environment(base(), config)),
            (Lines{"HOME=/h", "LANG=C", "LOGNAME=l", "PATH=/opt/bin", "PGPASSWORD=mine",
                   "SHELL=/bin/sh", "USER=u"}));
}

}  // namespace
}  // namespace bobbin
