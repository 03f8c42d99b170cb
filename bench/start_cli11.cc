// SPDX-License-Identifier: Apache-2.0
// What a command-line library adds to the start of a program: CLI11 with two options.
#include <CLI/CLI.hpp>
#include <string>

int main(int argc, char** argv) {
  CLI::App app("two options");
  std::string queue;
  bool flag = false;
  app.add_option("--queuedir,-q", queue, "the queue");
  app.add_flag("--flag", flag, "a flag");
  CLI11_PARSE(app, argc, argv);
  return 0;
}
