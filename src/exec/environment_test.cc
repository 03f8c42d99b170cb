// SPDX-License-Identifier: Apache-2.0
#include "exec/environment.h"

#include <bobbin/error.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bobbin {
namespace {

std::vector<std::string> lines(const Environment& environment) {
  std::vector<std::string> result;
  for (const char* entry : environment.envp()) {
    if (entry != nullptr) result.emplace_back(entry);
  }
  EXPECT_EQ(environment.envp().back(), nullptr);
  return result;
}

using Lines = std::vector<std::string>;

TEST(Environment, SortsByNameNotByEntry) {
  Environment environment;
  environment.set("A1", "x");  // '1' sorts before '='
  environment.set("A", "y");
  environment.set("\xff", "z");
  environment.set("B", "");
  EXPECT_EQ(lines(environment), (Lines{"A=y", "A1=x", "B=", "\xff=z"}));
}

TEST(Environment, LastValueWins) {
  Environment environment;
  environment.set("A", "1");
  environment.set("B", "2");
  environment.set("A", "3");
  EXPECT_EQ(lines(environment), (Lines{"A=3", "B=2"}));
}

TEST(Environment, CopiesAnEnviron) {
  const char* const variables[] = {"B=2", "no equals", "A=1", "=odd=name",
                                   "B=3", "C=",        "",    nullptr};
  EXPECT_EQ(lines(Environment(variables)), (Lines{"=odd=name", "A=1", "B=3", "C="}));
  EXPECT_TRUE(lines(Environment(nullptr)).empty());
}

TEST(Environment, RemovesByName) {
  Environment environment;
  for (const char* name : {"FSPL_SET_A", "HOME", "FSPL_SET_B"}) environment.set(name, "v");
  environment.remove_if([](std::string_view name) { return name.starts_with("FSPL_SET_"); });
  EXPECT_EQ(lines(environment), (Lines{"HOME=v"}));
}

TEST(Environment, CopyIsIndependent) {
  Environment base;
  base.set("A", "base");
  Environment job = base;
  job.set("A", "job");
  job.set("B", "job");
  EXPECT_EQ(lines(base), (Lines{"A=base"}));
  EXPECT_EQ(lines(job), (Lines{"A=job", "B=job"}));
  job = base;
  EXPECT_EQ(lines(job), (Lines{"A=base"}));
}

TEST(Environment, RefusesNulAndNothingElse) {
  Environment environment;
  EXPECT_THROW(environment.set(std::string_view("A\0B", 3), "v"), Error);
  EXPECT_THROW(environment.set("A", std::string_view("v\0w", 3)), Error);
  try {
    environment.set("A", std::string_view("\0", 1));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid);
    EXPECT_STREQ(error.what(), "nul byte in the value of the environment variable A");
  }
  environment.set("A=B", "v");
  environment.set("", "v");
  EXPECT_EQ(lines(environment), (Lines{"=v", "A=B=v"}));
}

}  // namespace
}  // namespace bobbin
