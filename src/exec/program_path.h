// SPDX-License-Identifier: Apache-2.0
// Where programs were found in PATH, so that a program that is started thousands of times is
// searched for once. As a shell's hash table, it does not notice a program that is installed later
// in a directory further ahead, and it looks again when a remembered file stops working.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace bobbin {

class ProgramPath {
 public:
  // Every path that execvp(3) would try for `program`, in its order, with PATH of this program's
  // environment. Just `program` if it has a slash; nothing if it is empty.
  static std::vector<std::string> candidates(const std::string& program);
  // The same with another PATH; nullptr: where the C library looks without one.
  static std::vector<std::string> candidates(const std::string& program, const char* path);

  // nullptr if the program has not been found yet. Valid until the next change.
  const std::string* known(const std::string& program) const;

  void remember(const std::string& program, const std::string& path) { paths_[program] = path; }
  void forget(const std::string& program) { paths_.erase(program); }

 private:
  std::map<std::string, std::string> paths_;
};

}  // namespace bobbin
