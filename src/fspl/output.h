// SPDX-License-Identifier: Apache-2.0
// Standard output: gathered, written in large pieces, and every error reported, the last block's
// included.
#pragma once

#include <string>
#include <string_view>

namespace bobbin::fspl {

class Output {
 public:
  void write(std::string_view text);
  // To be called before success is reported. Throws Error.
  void flush();

 private:
  std::string pending_;
};

}  // namespace bobbin::fspl
