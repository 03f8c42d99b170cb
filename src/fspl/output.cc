// SPDX-License-Identifier: Apache-2.0
#include "fspl/output.h"

#include <unistd.h>

#include "base/io.h"

namespace bobbin::fspl {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

void Output::write(std::string_view text) {
  pending_ += text;
  if (pending_.size() >= kPiece) flush();
}

void Output::flush() {
  write_all(STDOUT_FILENO, pending_, "to standard output");
  pending_.clear();
}

}  // namespace bobbin::fspl
