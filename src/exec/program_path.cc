// SPDX-License-Identifier: Apache-2.0
#include "exec/program_path.h"

#include <cstdlib>
#include <string_view>

namespace bobbin {
namespace {

// Where the C library looks when PATH is not set (confstr's _CS_PATH).
constexpr std::string_view kDefaultPath = "/bin:/usr/bin";

}  // namespace

std::vector<std::string> ProgramPath::candidates(const std::string& program) {
  return candidates(program, std::getenv("PATH"));
}

std::vector<std::string> ProgramPath::candidates(const std::string& program, const char* path) {
  if (program.empty()) return {};
  if (program.find('/') != std::string::npos) return {program};
  std::string_view rest = path != nullptr ? path : kDefaultPath;
  std::vector<std::string> paths;
  for (;;) {
    const std::size_t colon = rest.find(':');
    const std::string_view directory = rest.substr(0, colon);
    // An empty element is the working directory.
    paths.push_back(directory.empty() ? program : std::string(directory) + '/' + program);
    if (colon == std::string_view::npos) return paths;
    rest.remove_prefix(colon + 1);
  }
}

const std::string* ProgramPath::known(const std::string& program) const {
  const auto at = paths_.find(program);
  return at == paths_.end() ? nullptr : &at->second;
}

}  // namespace bobbin
