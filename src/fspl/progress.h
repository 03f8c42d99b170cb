// SPDX-License-Identifier: Apache-2.0
// A line on a terminal that says how far a long command is. On anything but a terminal it never
// writes a byte, and nothing is shown for what takes less than a moment.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace bobbin::fspl {

class Progress {
 public:
  // `doing`: "reading", "run"; `noun`: "jobs".
  Progress(std::string_view doing, std::string_view noun);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  void show(std::size_t done);
  // Takes the line away, so that other output can stand there.
  void clear() noexcept;

  bool is_shown_at_all() const noexcept { return on_terminal_; }

 private:
  std::string doing_;
  std::string noun_;
  bool on_terminal_;
  bool visible_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace bobbin::fspl
