// SPDX-License-Identifier: Apache-2.0
#include "base/fail.h"
#include "fspl/commands/commands.h"
#include "fspl/completions.h"
#include "fspl/output.h"

namespace bobbin::fspl {
namespace {

constexpr std::array kPositionals{PositionalSpec{"SHELL", ValueKind::text, "bash, zsh or fish."}};

int run(const Arguments& arguments, const Context&) {
  const auto script = completions_for(arguments.positionals()[0]);
  if (!script) fail(ErrorCode::invalid, "there are completions for bash, zsh and fish only");
  Output output;
  output.write(*script);
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kGenCompletions{
    "gen-completions", "Print the completions of fspl for a shell", "", {}, kPositionals, "", run,
};

}  // namespace bobbin::fspl
