// SPDX-License-Identifier: Apache-2.0
#include "slot/job_command.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/io.h"

namespace bobbin {
namespace {

using Words = std::vector<std::string>;

TEST(JobCommand, PlainCommandsNeedNoShell) {
  EXPECT_EQ(simple_command("uname"), Words{"uname"});
  EXPECT_EQ(simple_command("uname\n\n"), Words{"uname"});
  EXPECT_EQ(simple_command(" \tls  -l\t/tmp "), (Words{"ls", "-l", "/tmp"}));
  EXPECT_EQ(simple_command("./a+b, x=1 50% a^b u@h:p_-."),
            (Words{"./a+b,", "x=1", "50%", "a^b", "u@h:p_-."}));
}

TEST(JobCommand, EverythingElseDoes) {
  for (const char* content :
       {"",     "\n",    "  ",    "a\nb",    "a;b",   "a|b",   "a&",   "a>b",     "a<b",
        "a $x", "a `b`", "a 'b'", "a \"b\"", "a \\b", "a *",   "a ?",  "a [b]",   "a ~",
        "a #b", "a {b}", "a (b)", "a !b",    "X=1",   "X=1 a", "a\rb", "\xc3\xa4"}) {
    EXPECT_FALSE(simple_command(content).has_value()) << content;
  }
  EXPECT_FALSE(simple_command(std::string_view("a\0b", 3)).has_value());
  EXPECT_FALSE(simple_command(std::string(kMaxShellParameter + 1, 'a')).has_value());
}

TEST(JobCommand, AShellsOwnWordsAreForAShell) {
  for (const char* word :
       {".",      ":",       "alias",  "cd",    "echo",    "exit",   "exec", "export",
        "false",  "if",      "in",     "kill",  "mapfile", "printf", "pwd",  "readonly",
        "return", "set",     "source", "test",  "time",    "times",  "true", "ulimit",
        "umask",  "unalias", "unset",  "until", "wait",    "while"}) {
    EXPECT_FALSE(simple_command(word).has_value()) << word;
    EXPECT_TRUE(simple_command("x " + std::string(word)).has_value()) << word;
  }
}

TEST(JobCommand, ContentIsNoOption) {
  EXPECT_EQ(shell_parameters("a b"), (Words{"-c", "a b"}));
  EXPECT_EQ(shell_parameters("-x"), (Words{"-c", "--", "-x"}));
  EXPECT_EQ(shell_parameters("+x"), (Words{"-c", "--", "+x"}));
  EXPECT_EQ(shell_parameters(""), (Words{"-c", ""}));
}

TEST(JobCommand, ScriptsBeginWithTheirInterpreter) {
  EXPECT_TRUE(is_script("#!/bin/sh"));
  EXPECT_TRUE(is_script("#!"));
  EXPECT_FALSE(is_script("# !"));
  EXPECT_FALSE(is_script("#"));
  const Fd script = make_script("#!/bin/sh\n");
  const Fd again = open_at(AT_FDCWD, path_of(script), O_RDONLY, 0, "cannot open it again");
  EXPECT_EQ(read_small(again.get(), 100, "script"), "#!/bin/sh\n");
}

TEST(JobCommand, LastNewlines) {
  EXPECT_EQ(without_last_newlines("a\nb\n\n"), "a\nb");
  EXPECT_EQ(without_last_newlines("\n\n"), "");
  EXPECT_EQ(without_last_newlines(""), "");
}

}  // namespace
}  // namespace bobbin
