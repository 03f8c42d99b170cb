// SPDX-License-Identifier: Apache-2.0
// Reading, writing and copying whole amounts: interruptions and short transfers end here. `what`
// names the file for the message of an Error, already fit to be shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace bobbin {

// open(2) with O_CLOEXEC, tried again after EINTR; -1 and errno on failure.
Fd try_open_at(int directory, const std::string& name, int flags, unsigned mode = 0);
// The same, throwing; `what` is "cannot open PATH" or the like.
Fd open_at(int directory, const std::string& name, int flags, unsigned mode,
           const std::string& what, std::string_view advice = {});

// Reads until `size` bytes are there or the file ends; returns how many. Throws Error.
std::size_t read_full(int fd, char* into, std::size_t size, const std::string& what);
// At most `limit` bytes, all of a small file. nullopt if it holds more.
std::optional<std::string> read_small(int fd, std::size_t limit, const std::string& what);
// The same at an offset, without moving the descriptor; pread_some reads once and may bring less.
std::size_t pread_some(int fd, char* into, std::size_t size, std::uint64_t offset,
                       const std::string& what);
std::size_t pread_full(int fd, char* into, std::size_t size, std::uint64_t offset,
                       const std::string& what);

void write_all(int fd, std::string_view bytes, const std::string& what);

// Copies from where `from` stands to its end, inside the kernel where it can. Returns the number of
// bytes.
std::uint64_t copy_to_end(int from, const std::string& from_what, int to,
                          const std::string& to_what);

// Closes and reports what close(2) reports (a full disk on a network file system shows only here).
void close_checked(Fd fd, const std::string& what);

}  // namespace bobbin
